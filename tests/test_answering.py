"""What the web server's parts do: bodies taken in, places lent, streams bounded, sockets shared, last answers."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from config import answering, bodies, ending, listening, streams, vitals
from config.bodies import Bodies, NotTaken, Refusal
from config.workplaces import Leave, Workplaces
from tests.faults.installation import until
from tests.servers import ROOT
from tokens.api import turns
from tokens.reports.exceptions import TooManyReports

# --- bodies -----------------------------------------------------------------------------------------------------------


class Proto:
    """Granian's side of a request."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        self.answers.append((status, body))


class Source:
    """A body that comes in parts, the next when ``go`` is set."""

    def __init__(self, *parts: bytes) -> None:
        self.parts, self.go = [*parts, b""], threading.Event()

    def read(self, size: int) -> bytes:
        if len(self.parts) == 1:
            self.go.wait(10)
        return self.parts.pop(0)


def posted(source: Source, length: int) -> dict[str, Any]:
    return {
        "wsgi.input": source,
        "CONTENT_LENGTH": str(length),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": "POST",
    }


def test_a_whole_body_is_read_before_the_view_is_asked() -> None:
    source = Source(b"ab", b"cd")
    source.go.set()
    environ = posted(source, 4)
    Bodies().take_in(Proto(), environ)
    assert environ["wsgi.input"].read() == b"abcd"


@pytest.mark.parametrize(
    ("announced", "more", "left", "why"),
    [
        (10, {}, 0, Refusal.TOO_LATE),
        (6, {}, 0, Refusal.TOO_LARGE),
        (0, {"HTTP_TRANSFER_ENCODING": "chunked"}, 0, Refusal.TOO_LARGE),
        (6, {"HTTP_EXPECT": "100-continue"}, 3, Refusal.TOO_LARGE),
        (13, {}, 3, Refusal.TOO_LARGE),
    ],
    ids=["cut off", "too large", "in chunks", "asks first", "announces very much"],
)
def test_a_body_that_is_too_large_or_cut_off_is_not_taken(
    announced: int, more: dict[str, str], left: int, why: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read to its end all the same, so that whoever sends it hears the answer; or, told at once, not at all."""
    monkeypatch.setattr(bodies, "MOST_BYTES", 4)
    monkeypatch.setattr(bodies, "MOST_SKIPPED", 12)
    source = Source(b"ab", b"cd", b"ef")
    source.go.set()
    with pytest.raises(NotTaken) as refused:
        Bodies().take_in(Proto(), posted(source, announced) | more)
    assert refused.value.why is why
    assert len([part for part in source.parts if part]) == left


def test_a_body_without_end_is_read_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_BYTES", 4)
    monkeypatch.setattr(bodies, "MOST_SKIPPED", 12)
    source = Source(*[b"ab"] * 20)
    with pytest.raises(NotTaken) as refused:
        Bodies().take_in(Proto(), posted(source, 0))
    assert refused.value.why is Refusal.TOO_LARGE
    assert len(source.parts) == 14


def test_a_body_without_end_is_answered_408_and_one_too_many_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    monkeypatch.setattr(bodies, "LOOK_EVERY_SECONDS", 0.05)
    taking, source, proto = Bodies(most=1), Source(b"ab"), Proto()
    outcome: list[Refusal] = []

    def take() -> None:
        try:
            taking.take_in(proto, posted(source, 10))
        except NotTaken as refused:
            outcome.append(refused.why)

    thread = threading.Thread(target=take)
    thread.start()
    until(lambda: taking._waiting, 5)
    with pytest.raises(NotTaken) as refused:
        taking.take_in(Proto(), posted(Source(b"x"), 1))
    assert refused.value.why is Refusal.TOO_MANY
    until(lambda: proto.answers, 5)
    assert proto.answers[0][0] == json.loads(proto.answers[0][1])["status"] == 408
    source.go.set()
    thread.join(5)
    assert outcome == [Refusal.TOO_LATE]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, False),
        ({"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": "0"}, False),
        ({"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": "3"}, True),
        ({"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_TRANSFER_ENCODING": "chunked"}, True),
        ({"REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/2"}, True),
    ],
)
def test_what_announces_a_body(environ: dict[str, Any], expected: bool) -> None:
    assert bodies.has_body(environ) is expected


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_connections() -> Iterator[None]:
    """A place makes its connections those of the thread; the test's own come back."""
    mine = {alias: connections[alias] for alias in connections}
    yield
    for alias, wrapper in mine.items():
        connections[alias] = wrapper


@pytest.mark.usefixtures("own_connections")
def test_a_thread_goes_back_to_its_place_and_two_never_share_one() -> None:
    places = Workplaces(places=2, long_places=0, streams=0)
    first = places.take()
    mine = connections["default"]
    others: list[Any] = []

    def work() -> None:
        place = places.take()
        others.append(connections["default"])
        places.give_back(place)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    places.give_back(first)
    assert places.take() is first
    assert connections["default"] is mine is not others[0]


def waiting_in(leave: Leave) -> int:
    return len(leave._waiting)


def test_nobody_passes_who_came_later() -> None:
    leave, came, order = Leave(1), threading.Event(), list[int]()
    leave.take()

    def work(number: int) -> None:
        came.set()
        leave.take()
        order.append(number)
        leave.give()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        came.clear()
        thread.start()
        assert came.wait(5)
        until(lambda waiting=thread: waiting_in(leave) == threads.index(waiting) + 1, 5)
    leave.give()
    for thread in threads:
        thread.join(5)
    assert order == [*range(10)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_connections")
def test_a_transaction_that_a_request_left_open_is_not_the_next_ones() -> None:
    proto, states = Proto(), []

    def application(environ: dict[str, Any], start_response: Any) -> HttpResponse:
        states.append((connection.connection is None, connection.get_autocommit()))
        connection.set_autocommit(False)
        start_response("200 OK", [])
        return HttpResponse("fine")

    answers = answering.Adapter(application)
    for _request in range(2):
        answers(proto, {"SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": "GET"})
    assert proto.answers == [(200, b"fine")] * 2
    assert states == [(True, True)] * 2


@pytest.mark.usefixtures("own_connections")
def test_streams_leave_room_for_others_and_one_too_many_is_refused() -> None:
    places = Workplaces(places=2, long_places=1, streams=1)
    rooms: list[bool] = []
    go, working = threading.Event(), threading.Semaphore(0)

    def stream() -> None:
        place = places.take()
        rooms.append(places.make_room())
        working.release()
        go.wait(10)
        places.give_back(place)

    threads = [threading.Thread(target=stream) for _ in range(3)]
    for thread in threads:
        thread.start()
        assert working.acquire(timeout=5)
    assert rooms == [True, True, False]
    go.set()
    for thread in threads:
        thread.join(5)
    places.give_back(places.take())
    assert places.make_room()  # outside of the web server nothing is bounded


# --- streams ----------------------------------------------------------------------------------------------------------


def test_a_short_stream_is_sent_at_once_and_a_long_one_part_by_part() -> None:
    request = RequestFactory().get("/api/data/Big")
    short: Any = streams.settled(request, StreamingHttpResponse(iter([b"a", b"b"])))
    assert short.whole == b"ab"
    parts = [bytes(streams.SHORT_BYTES), b"x", b"y"]
    long = streams.settled(request, StreamingHttpResponse(iter(parts)))
    assert not hasattr(long, "whole")
    assert list(long) == parts


def test_an_error_at_the_beginning_of_a_stream_comes_after_what_came_before_it() -> None:
    def broken() -> Iterator[bytes]:
        yield b"a"
        raise ValueError("in the middle")

    answer = iter(streams.settled(RequestFactory().get("/api/data/Big"), StreamingHttpResponse(broken())))
    assert next(answer) == b"a"
    with pytest.raises(ValueError, match="in the middle"):
        next(answer)


def test_one_stream_too_many_is_closed_and_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.workplaces, "make_room", lambda: False)
    closed = []

    class Rows:
        def __iter__(self) -> Iterator[bytes]:
            return iter([bytes(streams.SHORT_BYTES)] * 3)

        def close(self) -> None:
            closed.append(True)

    answer = streams.settled(RequestFactory().get("/api/data/Big"), StreamingHttpResponse(Rows()))
    assert (answer.status_code, answer["Retry-After"], closed) == (503, str(streams.RETRY_SECONDS), [True])


def test_a_stream_is_never_finished_when_the_worker_must_end(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Exception):
        pass

    def gone() -> None:
        raise Gone

    monkeypatch.setattr(streams, "wait_for_the_end", gone)
    closed: list[bool] = []
    mine = ending.Ending()
    monkeypatch.setattr(streams, "ending", mine)
    monkeypatch.setattr(ending, "BREAK_SECONDS", 0.0)
    read = streams.guarded([b"a"], None, iter([b"b", b"c"]), lambda: closed.append(True))
    unread = streams.guarded([b"a"], None, iter([b"b", b"c"]), lambda: closed.append(False))
    assert [next(read), next(read), next(unread)] == [b"a", b"b", b"a"]
    monkeypatch.setattr(mine, "breaks_off", True)
    with pytest.raises(Gone):
        next(read)
    assert closed == [True]
    mine.break_off()  # for the one that stands where its client does not read
    assert closed == [True, False]
    with pytest.raises(Gone):
        next(unread)
    assert closed == [True, False]


def test_few_wait_for_the_turn_of_their_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "WAIT_SECONDS", 20.0)
    came: list[str] = []

    def wait() -> None:
        with turns.turn():
            came.append("waited")

    with turns.turn():
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: turns.waiting._value == 0, 5)
        with pytest.raises(TooManyReports), turns.turn():  # at once
            pass
    thread.join(5)
    assert came == ["waited"]


# --- listening and metrics --------------------------------------------------------------------------------------------


def test_a_worker_that_is_deaf_leaves_callers_to_the_others() -> None:
    with listening.listen("127.0.0.1", 0) as shared, shared.dup() as mine:
        listening.deaf(mine.fileno())
        with socket.create_connection(shared.getsockname(), timeout=5):
            with pytest.raises(BlockingIOError):
                mine.accept()
            until(lambda: _accepted(shared), 5)


HANDED_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
from config.listening import handed_over
print(handed_over().getsockname()[1], handed_over())
"""


def test_the_socket_that_systemd_holds_is_taken_once() -> None:
    with listening.listen("127.0.0.1", 0) as held:
        command = [sys.executable, "-c", HANDED_OVER, str(held.fileno())]
        told = subprocess.run(command, cwd=ROOT, pass_fds=[held.fileno()], capture_output=True, text=True, check=True)
        assert told.stdout.split() == [str(held.getsockname()[1]), "None"]


def _accepted(shared: Any) -> bool:
    try:
        shared.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.django_db
def test_metrics_of_a_database_that_is_not_migrated_are_503(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = sqlite3.OperationalError("no such table: x") if connection.vendor == "sqlite" else Exception("relation")
    if isinstance(kind, sqlite3.OperationalError):
        kind.sqlite_errorname = "SQLITE_ERROR"

    def missing() -> None:
        raise ProgrammingError("relation does not exist") from kind

    monkeypatch.setattr(vitals, "ledger", missing)
    answer = client.get("/metrics")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.json()["detail"]


# --- ends ------------------------------------------------------------------------------------------------------------


def test_a_stop_and_a_retirement_differ_in_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    end = ending.End(-1, lambda: None)
    monkeypatch.setattr(end, "begin", asked.append)
    end._on_signal(signal.SIGTERM, None)
    end._on_signal(ending.RETIRE, None)
    assert asked == [ending.STOP_SECONDS, ending.RETIRE_SECONDS]


def test_the_last_answer_of_a_connection_says_so() -> None:
    class Answer:
        streaming, content = False, b"ok"

        def close(self) -> None: ...

    sent: list[Any] = []

    class Taken(Proto):
        def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
            sent.append(headers)

    def application(environ: Any, start: Any) -> Answer:
        start("200 OK", [("X", "y")])
        return Answer()

    adapter = answering.Adapter(application)
    scope = {"SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": "GET", "wsgi.input": None}
    adapter._answer(Taken(), scope)
    adapter.say_goodbye()
    adapter._answer(Taken(), scope)
    assert sent == [[("X", "y")], [("X", "y"), ("Connection", "close")]]
