"""Eight at once write to one SQLite file: all are served, none is told that the database is locked."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection

from accounts.actions import roles
from accounts.models import Login, Organisation
from accounts.roles import TokenRole
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.cast import person
from tests.servers import ServedConsole
from tests.token_story import actor, created, generated
from tests.visitor import Line, shown, visitor_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite's one writer"),
]
SECONDS = 5
Deed = Callable[[int], list[int]]  # takes the number of the round, gives the statuses of its answers


def holders(organisation: Organisation, count: int) -> list[Login]:
    """So many people with the Personal role."""
    last = Login.objects.count()
    return [
        person(organisation, "Writer", str(n), f"writer{n}@demo.example", has_personal_role=True)
        for n in range(last, last + count)
    ]


def until(deadline: float, deed: Deed) -> Counter[int]:
    """Do it again and again; how often each status was answered."""
    statuses: Counter[int] = Counter()
    rounds = 0
    while time.monotonic() < deadline:
        statuses.update(deed(rounds))
        rounds += 1
    return statuses


def caller(served: ServedConsole, text: str, path: str) -> Deed:
    line = Line(served)
    return lambda _round: [line.call(text, path).status]


def granter(served: ServedConsole, ada: Login, login: Login) -> Deed:
    """Takes the Personal role and gives it back."""
    browser = visitor_of(served, ada)
    pages = [f"/logins/{login.public_id}/roles/personal/{deed}" for deed in ("remove", "add")]
    return lambda _round: [browser.submit(page).status for page in pages]


def maker(served: ServedConsole, owner: Login, name: str) -> Deed:
    """Creates a token, generates, saves, revokes."""
    browser = visitor_of(served, owner)

    def deed(number: int) -> list[int]:
        token = f"{name} {number}"
        created = browser.submit("/tokens/new", name=token, expires_on="30", scopes="1", then="generate")
        page = created.headers["Location"]
        _jwt, dialog = shown(browser.submit(page))
        saved = browser.post(f"{page}/save", dialog=dialog)
        revoked = browser.submit(page.removesuffix("generate") + "revoke", confirmation=token)
        return [created.status, saved.status, revoked.status]

    return deed


def test_eight_writers_through_the_served_console(
    serve_console: ServedConsole, ada: Login, olivia: Login, peter: Login
) -> None:
    text, wrong = generated(created(olivia)), generated(created(olivia, "Replaced"))
    generated(olivia.tokens.get(name="Replaced"))
    makers = holders(olivia.organisation, 2)
    deeds = [
        *(caller(serve_console, text, "/api/meta") for _ in range(2)),
        caller(serve_console, text, "/api/data/ContactsAndLogins"),
        caller(serve_console, wrong, "/api/meta"),
        granter(serve_console, ada, peter),
        granter(serve_console, ada, holders(olivia.organisation, 1)[0]),
        *(maker(serve_console, login, f"Token {login.pk}") for login in makers),
    ]
    log_before = len(serve_console.log.read_text())
    before = Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE, result="ok").count()
    deadline = time.monotonic() + SECONDS
    with ThreadPoolExecutor(len(deeds)) as pool:
        counts = list(pool.map(lambda deed: until(deadline, deed), deeds))
    assert [set(statuses) for statuses in counts] == [{200}] * 3 + [{401}] + [{303}] * 4
    assert min(statuses.total() for statuses in counts) >= 3
    assert "locked" not in serve_console.log.read_text()[log_before:]
    admitted = sum(statuses[200] for statuses in counts)
    assert Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE, result="ok").count() == before + admitted


def locked_out(logins: list[Login], mode: str, by: Actor) -> int:
    """Eight threads change a role each, over and over; how many changes were refused by SQLite."""
    start = Barrier(len(logins))

    def change(login: Login) -> int:
        connection.ensure_connection()
        connection.transaction_mode = mode
        connection.cursor().execute("PRAGMA synchronous=OFF")  # the disk's slowness is not what is tried here
        refused = 0
        start.wait(30)
        try:
            for number in range(20):
                act = roles.remove_role if number % 2 == 0 else roles.add_role
                try:
                    act(login=login, role=TokenRole.PERSONAL, by=by)
                except OperationalError as error:
                    if "database is locked" not in str(error):
                        raise
                    refused += 1
        finally:
            connection.close()
        return refused

    with ThreadPoolExecutor(len(logins)) as pool:
        return sum(pool.map(change, logins))


@pytest.mark.parametrize("mode", ["IMMEDIATE", "DEFERRED"])
def test_a_transaction_that_begins_as_a_reader_is_locked_out(ada: Login, mode: str) -> None:
    """The control: the product's mode loses no change, SQLite's own does."""
    refused = locked_out(holders(ada.organisation, 8), mode, actor(ada))
    assert refused == 0 if mode == "IMMEDIATE" else refused > 0
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
