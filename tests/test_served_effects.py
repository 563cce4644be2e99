"""What an administrator changes at one worker acts on the next call at every worker; undone, it works again at once."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Attempts, Login
from tests.cast import Places
from tests.factories import UserTypeFactory
from tests.servers import ServedConsole
from tests.token_story import created, generated
from tests.visitor import Line, Visitor, lines_to_both_workers, shown, visitor_of
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)
ENOUGH = 15  # calls of each worker between one change and the next
REFUSED_SECONDS = 0.01  # after a refused call: else a change that takes a second meets the limit of one address


@dataclass
class Calls:
    """Calls on one connection, without a pause while admitted: when each began, its status, and the reason given."""

    line: Line
    text: str
    made: list[tuple[float, int, str]] = field(default_factory=list)

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            answer = self.line.call(self.text)
            self.made.append((began, answer.status, json.loads(answer.text).get("reason", "")))
            if answer.status != 200:
                stop.wait(REFUSED_SECONDS)

    def since(self, moment: float) -> list[tuple[int, str]]:
        return [(status, reason) for began, status, reason in self.made if began > moment]


class Watch:
    """Calls at both workers while changes are made. ``settled`` waits for enough of them and tells what they got."""

    def __init__(self, served: ServedConsole) -> None:
        self.served, self.stop = served, Event()
        self.calls: list[Calls] = []
        self.threads: list[Thread] = []

    def begin(self, text: str) -> None:
        self.end()
        self.stop = Event()
        self.calls = [Calls(line, text) for line in lines_to_both_workers(self.served)]
        assert len({calls.line.worker for calls in self.calls}) == 2
        self.threads = [Thread(target=calls.run, args=(self.stop,)) for calls in self.calls]
        for thread in self.threads:
            thread.start()

    def settled(self) -> set[tuple[int, str]]:
        """What the calls got that began after now, at either worker."""
        # So many refused calls of one address would soon be answered by its limit, which is another test's business.
        Attempts.objects.filter(key__startswith="api:").delete()
        now = time.monotonic()
        while any(len(calls.since(now)) < ENOUGH for calls in self.calls):
            assert time.monotonic() - now < 30, "the calls ended"
            time.sleep(0.01)
        return {outcome for calls in self.calls for outcome in calls.since(now)}

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        for calls in self.calls:
            calls.line.close()


@pytest.fixture
def watch(serve_console: ServedConsole) -> Iterator[Watch]:
    watch = Watch(serve_console)
    yield watch
    watch.end()


@pytest.fixture
def administrators(serve_console: ServedConsole, ada: Login) -> Iterator[list[Visitor]]:
    """Ada in two browsers, each at another worker."""
    lines = lines_to_both_workers(serve_console)
    yield [visitor_of(serve_console, ada, line) for line in lines]
    for line in lines:
        line.close()


ADMITTED = {(200, "")}
Deed = Callable[[Visitor, Login], None]


def change(*pages: str) -> Deed:
    """Confirm these pages of the login, one after the other."""

    def deed(ada: Visitor, login: Login) -> None:
        for page in pages:
            assert ada.submit(f"/logins/{login.public_id}/{page}").status == 303

    return deed


def expire(ada: Visitor, login: Login) -> None:
    Login.objects.filter(pk=login.pk).update(expires_at=timezone.now())


def prolong(ada: Visitor, login: Login) -> None:
    Login.objects.filter(pk=login.pk).update(expires_at=None)


def command(name: str) -> Deed:
    return lambda ada, login: call_command(name, login.organisation.name)


@pytest.mark.parametrize(
    ("reason", "do", "undo"),
    [
        ("role_missing", change("roles/personal/remove"), change("roles/personal/add")),
        ("login_disabled", change("disable"), change("enable")),
        ("login_stopped", change("stop-tokens"), change("start-tokens")),
        ("role_missing", change("type/view-only"), change("type/general-user", "roles/personal/add")),
        ("login_expired", expire, prolong),
        ("organisation_suspended", command("suspend_organisation"), command("resume_organisation")),
    ],
    ids=["role", "disabled", "stopped", "view only", "expired", "suspended"],
)
def test_no_call_passes_after_the_change_and_every_call_after_its_end(
    watch: Watch, administrators: list[Visitor], olivia: Login, reason: str, do: Deed, undo: Deed
) -> None:
    watch.begin(generated(created(olivia)))
    assert watch.settled() == ADMITTED
    for ada in administrators:
        do(ada, olivia)
        assert watch.settled() == {(401, reason)}
        undo(ada, olivia)
        assert watch.settled() == ADMITTED


def test_no_call_passes_after_its_token_is_revoked(watch: Watch, administrators: list[Visitor], olivia: Login) -> None:
    for ada in administrators:
        token = created(olivia)
        watch.begin(generated(token))
        assert watch.settled() == ADMITTED
        page = f"/logins/{olivia.public_id}/tokens/{token.public_id}/revoke"
        assert ada.submit(page, confirmation=token.name).status == 303
        assert watch.settled() == {(401, "revoked")}


def test_no_call_passes_with_a_jwt_that_was_replaced(
    watch: Watch, administrators: list[Visitor], olivia: Login
) -> None:
    token = created(olivia)
    page = f"/logins/{olivia.public_id}/tokens/{token.public_id}/generate"
    watch.begin(generated(token))
    for ada in administrators:
        before = watch.settled()
        text, dialog = shown(ada.submit(page))
        assert watch.settled() == before, "showing a JWT changes nothing"
        assert {calls.line.call(text).status for calls in also(watch)} == {401}
        assert ada.post(f"{page}/save", dialog=dialog).status == 303
        assert watch.settled() == {(401, "replaced")}
        assert {calls.line.call(text).status for calls in also(watch)} == {200}


def also(watch: Watch) -> list[Calls]:
    """Further connections to both workers, for calls beside those that run."""
    return [Calls(line, "") for line in lines_to_both_workers(watch.served)]


def test_a_restricted_token_loses_its_calls_with_the_pair_and_never_gains(
    watch: Watch, administrators: list[Visitor], olivia: Login, places: Places
) -> None:
    finance = olivia.assignments.get(department=places.finance)
    watch.begin(generated(created(olivia, pairs=frozenset({finance.pair}))))
    assert watch.settled() == ADMITTED
    ada, again = administrators
    change("type/system-administrator")(ada, olivia)
    assert watch.settled() == {(401, "no_assignment")}
    change("type/general-user")(again, olivia)  # in the whole organisation: more than the pair, but not the pair
    assert watch.settled() == {(401, "no_assignment")}
    olivia.assignments.create(user_type=finance.user_type, department=places.energy)
    assert watch.settled() == {(401, "no_assignment")}
    olivia.assignments.create(user_type=finance.user_type, department=places.finance)
    assert watch.settled() == ADMITTED


def people(line: Line, text: str) -> set[tuple[str, str]]:
    answer = line.call(text, "/api/data/ContactsAndLogins")
    assert answer.status == 200
    return {(row["User Name"], row["Department"]) for row in json.loads(answer.text)}


def test_a_person_without_the_right_gets_his_own_row_alone(
    serve_console: ServedConsole, administrators: list[Visitor], peter: Login
) -> None:
    change("roles/personal/add")(administrators[0], peter)
    text = generated(created(Login.objects.get(pk=peter.pk)))
    for line in lines_to_both_workers(serve_console):
        assert people(line, text) == {(peter.user_name, "Energy > South")}


def test_a_token_for_one_department_shows_no_row_of_the_other(
    serve_console: ServedConsole, ada: Login, olivia: Login, peter: Login, places: Places
) -> None:
    sees = UserTypeFactory(organisation=olivia.organisation, permissions=["report:read", "contact:view"])
    pairs = [
        olivia.assignments.create(user_type=sees, department=place).pair for place in (places.finance, places.south)
    ]
    olivia = Login.objects.get(pk=olivia.pk)
    one, both = (
        generated(created(olivia, name, pairs=frozenset(chosen)))
        for name, chosen in (("A", pairs[:1]), ("both", pairs))
    )
    for line in lines_to_both_workers(serve_console):
        assert people(line, one) == {(olivia.user_name, "Finance")}
        assert {user_name for user_name, _ in people(line, both)} == {olivia.user_name, peter.user_name}


def test_the_watch_notices_a_change_that_one_worker_missed(watch: Watch, olivia: Login) -> None:
    """The control: two tokens, one revoked, stand for two workers of which one did not hear of it."""
    watch.begin(generated(created(olivia)))
    token = created(olivia, "Other")
    watch.calls[0].text = generated(token)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    time.sleep(0.2)  # the call that is on its way
    assert watch.settled() == {(200, ""), (401, "revoked")}
