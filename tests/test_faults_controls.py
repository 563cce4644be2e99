"""The controls: with a protection taken away, the same storms lose entries, accept what was revoked, stop answering."""

import os
import random
import time
from collections.abc import Callable, Iterator

import pytest

from tests import postgres
from tests.faults import checks, storms
from tests.faults.installation import Installation
from tests.faults.load import Load
from tests.faults.table import publish
from tests.servers import python
from tests.test_faults import AVAILABLE

pytestmark = [
    pytest.mark.faults,
    pytest.mark.long,
    pytest.mark.skipif(
        os.environ.get("TEST_DATABASE") != "postgresql", reason="runs once, with the suite on PostgreSQL"
    ),
]
NOT_DURABLE = "synchronous_commit = off\nwal_writer_delay = 10s\n"
Install = Callable[..., Installation]


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Install]:
    """``install(...)`` makes an installation that is worse than it should be, and serves it."""
    made: list[Installation] = []

    def one(**worse: object) -> Installation:
        try:
            made.append(Installation(tmp_path_factory.mktemp("worse"), **worse))  # type: ignore[arg-type]
        except postgres.Unavailable as missing:
            pytest.skip(f"no PostgreSQL: {missing}")
        made[-1].prepare()
        made[-1].serve()
        return made[-1]

    yield one
    for installation in made:
        installation.end()


def test_entries_that_are_not_durable_are_lost(install: Install) -> None:
    installation = install(postgresql=NOT_DURABLE)
    with Load(installation) as load:
        for _ in range(3):
            time.sleep(3)
            storms.until_admitted(load, storms.kill_database(installation).back)
        time.sleep(1)
    lost = checks.lost(installation, load.history)
    acknowledged, revived = len(load.history.acknowledged()), len(load.history.wrongly_admitted())
    figures = {"acknowledged": acknowledged, "acknowledged and lost": len(lost), "admitted after their end": revived}
    publish("control: commits that are not durable", figures)
    assert lost


@pytest.mark.alone
def test_the_plain_web_server_stops_answering(install: Install) -> None:
    installation = install(program=(python, "-m", "tests.faults.plain_server"))
    with Load(installation) as load:
        time.sleep(1)
        kills = storms.kill_web_workers(installation, random.Random(7), 20.0)  # noqa: S311  # no secret
    availability = load.history.availability()
    publish("control: the plain web server", {"killed": len(kills), "availability": availability})
    assert availability < AVAILABLE
