"""Workers, their server, the background worker and PostgreSQL are killed under load: nothing acknowledged is lost."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from tests import postgres
from tests.faults import checks, storms
from tests.faults.history import History, gaps, percentile
from tests.faults.installation import Installation
from tests.faults.load import Load
from tests.faults.table import publish

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") != "postgresql", reason="runs once, with the suite on PostgreSQL"
    ),
]
AVAILABLE = 0.999
MASTER_SECONDS = 5.0
DATABASE_SECONDS = 10.0


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One for all tests: each begins with everything running."""
    try:
        made = Installation(tmp_path_factory.mktemp("installation"))
    except postgres.Unavailable as missing:
        pytest.skip(f"no PostgreSQL: {missing}")
    try:
        made.prepare()
        made.serve()
        yield made
    finally:
        made.end()


@pytest.fixture
def chance() -> random.Random:
    """Prints its seed, so that a run can be had again."""
    seed = time.time_ns()
    print(f"seed {seed}")
    return random.Random(seed)  # noqa: S311  # no secret


def judged(name: str, installation: Installation, history: History, **more: object) -> None:
    """The promises that hold whatever was killed; the figures are published first."""
    sealed = checks.until_sealed(installation)
    lost, half = checks.lost(installation, history), checks.half_done(installation)
    with installation.query() as connection:
        faults = checks.seal_faults(lambda text: connection.execute(text).fetchall(), installation.ledger)
    admitted = [request.end for request in history.requests if request.status == 200 and request.kind == "call"]
    seconds, without = [took for _, took, _ in history.calls], gaps(admitted)
    publish(
        name,
        {
            **more,
            "requests": len(history.requests),
            "calls": len(history.calls),
            "acknowledged": len(history.acknowledged()),
            "acknowledged and lost": len(lost),
            "admitted after their end": len(history.wrongly_admitted()),
            "refused though valid": len(history.wrongly_refused()),
            "half done": half,
            "unexpected answers": dict(history.unexpected()),
            "faults of the seal": faults,
            "sealed after (s)": sealed,
            "call p50 (s)": percentile(seconds, 50),
            "call p99 (s)": percentile(seconds, 99),
            "unavailable p50 (s)": percentile(without, 50),
            "unavailable p99 (s)": percentile(without, 99),
            "unavailable longest (s)": max(without),
        },
    )
    assert not lost
    assert not history.wrongly_admitted()
    assert not history.wrongly_refused()
    assert not history.unexpected(), installation.log.read_text()[-4000:]
    assert half == {}
    assert faults == []
    assert len(history.acknowledged()) > 20


def test_in_short(installation: Installation, chance: random.Random) -> None:
    with Load(installation) as load:
        kills = storms.kill_web_workers(installation, chance, 2.0)
        storms.kill_background_worker(installation)
        outages = [storms.kill_database(installation) for _ in range(2) if time.sleep(0.5) is None]
        recovered = storms.until_admitted(load, outages[-1].gone)
        time.sleep(0.5)
    judged("short", installation, load.history, web_workers_killed=len(kills), database_killed=2, recovered=recovered)
    assert recovered < DATABASE_SECONDS


@pytest.mark.long
@pytest.mark.alone
def test_a_web_worker_is_killed_twice_a_second(installation: Installation, chance: random.Random) -> None:
    with Load(installation) as load:
        time.sleep(1)
        kills = storms.kill_web_workers(installation, chance, 60.0)
        time.sleep(1)
    availability = load.history.availability()
    judged("web workers", installation, load.history, killed=len(kills), availability=availability)
    assert len(kills) > 80
    assert availability >= AVAILABLE


@pytest.mark.long
@pytest.mark.alone
def test_the_web_server_and_the_background_worker_are_killed(installation: Installation) -> None:
    recoveries = []
    with Load(installation) as load:
        for _ in range(3):
            time.sleep(2)
            storms.kill_background_worker(installation)
            time.sleep(2)
            gone = storms.kill_web_server(installation).gone
            time.sleep(1)
            recoveries.append(max(gaps(answers_since(load.history, gone))))
            time.sleep(31)  # the supervisor waits longer before it starts again what did not live for half a minute
    judged("web server", installation, load.history, killed=3, longest_without_an_answer=max(recoveries))
    assert max(recoveries) < MASTER_SECONDS


def answers_since(history: History, moment: float) -> list[float]:
    return [request.end for request in history.requests if request.end > moment - 1 and request.status == 200]


@pytest.mark.long
@pytest.mark.alone
def test_the_database_is_killed_twenty_times(installation: Installation, chance: random.Random) -> None:
    outages, recoveries = [], []
    with Load(installation) as load:
        for _ in range(20):
            time.sleep(1 + chance.random())
            outages.append(storms.kill_database(installation))
            recoveries.append(storms.until_admitted(load, outages[-1].back))
        time.sleep(2)
    refused = storms.refused_after_return(load.history, outages)
    meanwhile = [
        request.end - request.start
        for outage in outages
        for request in load.history.between(outage.gone, outage.back)
        if request.status == 503
    ]
    judged(
        "database",
        installation,
        load.history,
        killed=len(outages),
        refused_after_its_return=len(refused),
        back_until_first_admitted_p50=percentile(recoveries, 50),
        back_until_first_admitted_longest=max(recoveries),
        refusals_meanwhile=len(meanwhile),
        refusal_p99=percentile(meanwhile, 99),
    )
    assert refused == []
    assert max(recoveries) < DATABASE_SECONDS
    assert percentile(meanwhile, 99) < 1


@pytest.mark.long
@pytest.mark.alone
def test_the_database_hangs_and_runs_out_of_connections(installation: Installation) -> None:
    outages = []
    with Load(installation) as load:
        for seconds in (3.0, 6.0):
            time.sleep(2)
            outages.append(storms.pause_database(installation, seconds))
            storms.until_admitted(load, outages[-1].back)
        time.sleep(2)
        outages.append(storms.take_all_connections(installation, 4.0))
        storms.until_admitted(load, outages[-1].back)
        time.sleep(2)
    longest = max(request.end - request.start for request in load.history.requests)
    refused = storms.refused_after_return(load.history, outages)
    unavailable = sum(request.status == 503 for request in load.history.requests)
    judged(
        "pauses",
        installation,
        load.history,
        longest_answer=longest,
        unavailable=unavailable,
        refused_after=len(refused),
    )
    assert unavailable
    assert longest < 5
    assert refused == []
