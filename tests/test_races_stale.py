"""No call that began after a change was acknowledged gets what the change took away, at whichever worker."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from django.db import connection
from django.db.models import Q

from accounts.models import Login
from audit.actions import sealing
from audit.models import Entry, Leaf
from audit.verbs import Verb
from tests.cast import person
from tests.races.history import Call, Span, denied, out_of_order, stale
from tests.races.parts import in_parts
from tests.races.serving import lines_to_all_workers, served_instead
from tests.races.traffic import Administrator, Holder, Tool
from tests.servers import ServedConsole
from tests.visitor import visitor_of

WORKERS = 4
PARTS = {"postgresql": 20, "sqlite": 4}  # of so many calls each: 100,000 on the database of several workers
IN_EACH_LONG_RUN = 4
CALLS_OF_A_PART = 5_000
SECONDS_AT_MOST = 280


# --- the checkers, on histories made up -----------------------------------------------------------------------------


def call(began: float, ended: float, *, admitted: bool = True, jwt: str = "a") -> Call:
    return Call(jwt, began, ended, admitted)


SPANS = [Span("a", 10, 11, 20, 21), Span("a", 30, 31), Span("b", 20, 21)]


@pytest.mark.parametrize(
    ("began", "ended", "is_stale"),
    [(9, 9.5, True), (9, 10, False), (15, 16, False), (20.5, 22, False), (21, 25, False), (21.1, 29, True),
     (21.1, 30, False), (40, 41, False)],
)  # fmt: skip
def test_an_admitted_call_is_stale_when_it_began_after_the_acknowledgement(
    began: float, ended: float, is_stale: bool
) -> None:
    assert bool(stale([call(began, ended)], SPANS)) is is_stale
    assert not stale([call(began, ended, admitted=False)], SPANS)


@pytest.mark.parametrize(
    ("began", "ended", "is_denied"),
    [(10.5, 12, False), (11.1, 19.9, True), (15, 20, False), (22, 29, False), (31.1, 99, True)],
)
def test_a_refused_call_is_denied_its_right_when_nothing_stood_in_its_way(
    began: float, ended: float, is_denied: bool
) -> None:
    assert bool(denied([call(began, ended, admitted=False)], SPANS)) is is_denied
    assert not denied([call(began, ended)], SPANS)


def test_what_ended_before_another_began_stands_before_it() -> None:
    times = {"one": (1.0, 2.0), "two": (1.5, 3.0), "three": (2.5, 4.0)}
    assert out_of_order(["one", "two", "three"], times) == []
    assert out_of_order(["two", "one", "three", "of another"], times) == []
    assert out_of_order(["three", "two", "one"], times) == ["one"]


# --- the served console ---------------------------------------------------------------------------------------------


@dataclass
class Watched:
    """What was called and changed, all of it answered."""

    calls: list[Call]
    holders: list[Holder]
    changes: int

    @property
    def spans(self) -> list[Span]:
        return [span for holder in self.holders for span in holder.spans]

    @property
    def times(self) -> dict[str, tuple[float, float]]:
        changes = {key: times for holder in self.holders for key, times in holder.times.items()}
        return changes | {call.request_id: (call.began, call.ended) for call in self.calls}


@pytest.fixture(scope="module")
def four_workers_process(
    console_process: ServedConsole, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedConsole]:
    with served_instead(console_process, tmp_path_factory.mktemp("console") / "log", workers=WORKERS) as served:
        yield served


@pytest.fixture
def four_workers(four_workers_process: ServedConsole, transactional_db: None) -> ServedConsole:
    if not four_workers_process.is_running:
        four_workers_process.start()
    return four_workers_process


@pytest.fixture
def holders(ada: Login, olivia: Login) -> list[Holder]:
    names = [f"holder{number}@demo.example" for number in range(4)]
    return [Holder(person(ada.organisation, "Holder", name, name, has_personal_role=True)) for name in names]


def watched(served: ServedConsole, ada: Login, holders: list[Holder], number: int, seed: int = 0) -> Watched:
    """So many calls at all workers, two connections each, while two administrators change things at two of them."""
    lines = [line for _ in range(2) for line in lines_to_all_workers(served)]
    browsers = [visitor_of(served, ada, line) for line in lines_to_all_workers(served)[:2]]
    administrators = [Administrator(browser, holders[n::2], 2 * seed + n) for n, browser in enumerate(browsers)]
    tools = [Tool(line, holders) for line in lines]
    stop, deadline = Event(), time.monotonic() + SECONDS_AT_MOST
    with ThreadPoolExecutor(len(tools) + len(administrators)) as pool:
        running = [pool.submit(one.run, stop) for one in (*tools, *administrators)]
        while sum(len(tool.calls) for tool in tools) < number and not any(one.done() for one in running):
            assert time.monotonic() < deadline, "the calls took too long"
            time.sleep(0.05)
        stop.set()
        for one in running:
            one.result()
    changes = sum(administrator.changes for administrator in administrators)
    return Watched([call for tool in tools for call in tool.calls], holders, changes)


def ledger_of(holders: list[Holder]) -> dict[str, list[str]]:
    """For each login the ids of the requests that it is about, in the order of the ledger, each once."""
    found = {}
    for holder in holders:
        key = holder.login.public_id
        entries = Entry.objects.filter(Q(owner_id=key) | Q(subject_id=key)).order_by("id")
        found[key] = list(dict.fromkeys(entries.values_list("request_id", flat=True)))
    return found


def sealed_ledger_of(holders: list[Holder]) -> dict[str, list[str]]:
    """The same in the order of the seals."""
    place = dict(Leaf.objects.values_list("entry_id", "sequence"))
    found = {}
    for holder in holders:
        key = holder.login.public_id
        entries = Entry.objects.filter(Q(owner_id=key) | Q(subject_id=key)).values_list("id", "request_id")
        in_order = sorted(entries, key=lambda entry: place[entry[0]])
        found[key] = list(dict.fromkeys(request_id for _id, request_id in in_order))
    return found


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", in_parts(PARTS[connection.vendor], first=IN_EACH_LONG_RUN))
def test_no_stale_call_is_admitted_by_any_of_four_workers(
    four_workers: ServedConsole, ada: Login, holders: list[Holder], part: int
) -> None:
    seen = watched(four_workers, ada, holders, CALLS_OF_A_PART, seed=part)
    assert stale(seen.calls, seen.spans) == []
    assert denied(seen.calls, seen.spans) == []
    admitted = [call.request_id for call in seen.calls if call.admitted]
    assert seen.changes > len(seen.calls) / 200
    assert len(admitted) > len(seen.calls) / 3
    assert len(seen.calls) - len(admitted) > len(seen.calls) / 20, "too few calls with what was taken away"
    on_record = Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE, result="ok").values_list("request_id", flat=True)
    assert sorted(on_record) == sorted(admitted)
    for ledger in ledger_of(holders).values():
        assert out_of_order(ledger, seen.times) == []
    sealing.seal()
    for ledger in sealed_ledger_of(holders).values():
        assert out_of_order(ledger, seen.times) == []
    print(f"{len(seen.calls)} calls, {len(admitted)} admitted, {seen.changes} changes")


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_remembers_for_a_second_is_found_out(
    four_workers: ServedConsole, ada: Login, holders: list[Holder], tmp_path: Path
) -> None:
    """The control: the same calls and changes where a verdict is believed for a second."""
    with served_instead(four_workers, tmp_path / "log", workers=WORKERS, broken="remember verdicts") as served:
        seen = watched(served, ada, holders, 3000)
    assert stale(seen.calls, seen.spans)
