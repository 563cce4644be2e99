"""What is done to an installation under load, and how long it then takes until calls are admitted again."""

import random
import time
from dataclasses import dataclass

import psycopg

from tests.faults.history import ADMITTED, NO_ANSWER, History, Request
from tests.faults.installation import Installation, kill, until
from tests.faults.load import Load
from tests.postgres import Unavailable

EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Outage:
    """When a part went, and when it was there again (or, with a part that comes back by itself, when it went too)."""

    gone: float
    back: float


def kill_web_workers(installation: Installation, chance: random.Random, seconds: float) -> list[Outage]:
    kills, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        if installation.kill_web_worker(chance):
            kills.append(Outage(time.monotonic(), time.monotonic()))
        time.sleep(EVERY_SECONDS)
    return kills


def kill_web_server(installation: Installation) -> Outage:
    """Its workers end with it; the supervisor starts all again."""
    until(lambda: installation.web_server, 30)
    server, gone = installation.web_server, time.monotonic()
    kill(server)
    until(lambda: installation.web_server not in {0, server}, 60)
    installation.wait_for_workers(60)
    return Outage(gone, gone)


def kill_background_worker(installation: Installation) -> Outage:
    until(lambda: installation.background_worker, 60)
    gone = time.monotonic()
    kill(installation.background_worker)
    return Outage(gone, gone)


def kill_database(installation: Installation, *, down: float = 0.3) -> Outage:
    gone = time.monotonic()
    installation.database.kill()
    time.sleep(down)
    start_database(installation)
    return Outage(gone, time.monotonic())


def start_database(installation: Installation) -> None:
    """A process of the old server that is just ending may still hold its memory."""
    for _ in range(20):
        try:
            installation.database.start()
        except Unavailable:
            time.sleep(0.2)
        else:
            return
    installation.database.start()


def pause_database(installation: Installation, seconds: float) -> Outage:
    gone = time.monotonic()
    installation.database.pause()
    time.sleep(seconds)
    installation.database.resume()
    return Outage(gone, time.monotonic())


def take_all_connections(installation: Installation, seconds: float) -> Outage:
    """Cut the console's sessions and take every place, as a neighbour that leaks connections would."""
    taken: list[psycopg.Connection[object]] = []
    gone, cut = (
        time.monotonic(),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'console'",
    )
    with psycopg.connect(installation.database.url, autocommit=True) as one:
        while time.monotonic() < gone + seconds:
            try:
                taken.append(psycopg.connect(installation.database.url, application_name="neighbour"))
            except psycopg.OperationalError:
                one.execute(cut)
                time.sleep(0.02)
    for connection in taken:
        connection.close()
    return Outage(gone, time.monotonic())


def until_admitted(load: Load, since: float, seconds: float = 30) -> float:
    """Wait for the first admitted call that began after the moment; the seconds between."""
    until(lambda: recovery(load.history, since) is not None, seconds)
    return recovery(load.history, since) or 0.0


def recovery(history: History, since: float) -> float | None:
    """Seconds from the moment to the end of the first admitted call that began after it; None before there is one."""
    ends = [request.end for request in list(history.requests) if request.start >= since and request.status == ADMITTED]
    return min(ends) - since if ends else None


def refused_after_return(history: History, outages: list[Outage]) -> list[Request]:
    """Requests that began after a part was back, and before the next one went, and still got no proper answer."""
    ends = [outage.gone for outage in outages[1:]] + [float("inf")]
    return [
        request
        for outage, end in zip(outages, ends, strict=True)
        for request in history.requests
        if outage.back <= request.start and request.end < end and request.status in {NO_ANSWER, 503}
    ]
