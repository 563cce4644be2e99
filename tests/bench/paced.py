"""Clients that keep to a pace, however long answers take; a call that waits for the one before counts as late."""

import multiprocessing
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import quantiles

from tests.bench.load import answered

CLIENTS = 4
Told = tuple[list[float], int]


@dataclass(frozen=True, slots=True)
class Paced:
    """Answers in a second, milliseconds from when each was due, and how many were not 200."""

    rate: float
    p50: float
    p99: float
    refused: int


def paced(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> Paced:
    """What clients see that send ``rate`` requests a second together."""
    with _sending(port, requests, rate, seconds) as told:
        found = told()
    spent = [one for of_client, _refused in found for one in of_client]
    cuts = quantiles(spent, n=100)
    return Paced(len(spent) / seconds, cuts[49] * 1e3, cuts[98] * 1e3, sum(refused for _spent, refused in found))


@contextmanager
def flood(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> Iterator[list[int]]:
    """So many requests a second while the block runs; in the list is, at its end, how many were answered."""
    sent: list[int] = []
    with _sending(port, requests, rate, seconds) as told:
        yield sent
        sent.append(sum(len(spent) for spent, _refused in told()))


@contextmanager
def _sending(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Iterator[partial[list[Told]]]:
    starts = time.monotonic() + 0.2
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        turns = [(port, requests[number::CLIENTS], rate / CLIENTS, starts, seconds) for number in range(CLIENTS)]
        yield partial(pool.starmap_async(_client, turns, chunksize=1).get, timeout=seconds + 60)


def _client(port: int, requests: Sequence[bytes], rate: float, starts: float, seconds: float) -> Told:
    spent, refused = [], 0
    with socket.create_connection(("127.0.0.1", port)) as kept:
        kept.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kept.settimeout(30)
        for turn in range(int(rate * seconds)):
            due = starts + turn / rate
            time.sleep(max(0.0, due - time.monotonic()))
            kept.sendall(requests[turn % len(requests)])
            refused += not answered(kept)
            spent.append(time.monotonic() - due)
    return spent, refused
