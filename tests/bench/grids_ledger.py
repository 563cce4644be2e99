"""A ledger of millions of entries to page through: what is usual, what is rare, and a small organisation beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from accounts.models import Assignment, Department, Login, Organisation
from accounts.permissions import Permission
from audit import triggers
from audit.models import Entry
from tests import scale
from tests.factories import ContactFactory, DepartmentFactory, LoginFactory, OrganisationFactory, UserTypeFactory

PEOPLE_OF_SMALL, TOKENS_OF_SMALL, ENTRIES_OF_SMALL = 100, 300, 20_000
NAMES = ("administrator", "of_department", "of_nobody", "of_small")

# What a ledger also holds, spread over it: calls whose token came in another way, mobile sessions, the operator's
# commands, deleted logins, passwords of programs. Each is one of so many entries, by their keys.
CALL, CREATE = "verb = 'token.authenticate'", "verb = 'token.create'"
RARITIES = {
    f"{CALL} AND id % 997 = 0": "scheme = 'basic'",
    f"{CREATE} AND id % 61 = 0": (
        "verb = 'session.begin', channel = 'api', subject_kind = 'mobile_session', subject_label = 'Pixel 9'"
    ),
    f"{CREATE} AND id % 4999 = 0": (
        "verb = 'login.delete', token_id = '', token_name = '', subject_kind = 'login', subject_id = owner_id,"
        " subject_label = owner_label"
    ),
    "verb = 'token.update' AND id % 401 = 0": "channel = 'command', actor_id = '', actor_label = 'root'",
    "verb = 'login.sign_in' AND id % 211 = 0": "scheme = 'password', channel = 'api'",
}


@dataclass(frozen=True)
class People:
    """Who looks: at everything, at one department of twenty, at one of a single person, at the small organisation."""

    administrator: Login
    of_department: Login
    of_nobody: Login
    of_small: Login

    @classmethod
    def there(cls) -> People:
        return cls(*(Login.objects.get(user_name=f"{name}@demo.example") for name in NAMES))


def build(*, contacts: int, tokens: int, entries: int) -> None:
    """Two minutes on PostgreSQL for 5,000,000 entries. The small organisation's are the oldest of all."""
    small, large = OrganisationFactory(name="Small Organisation"), OrganisationFactory(name="Large Organisation")
    with indexes_away():
        scale.make_tokens(scale.make_people(small, PEOPLE_OF_SMALL), TOKENS_OF_SMALL)
        scale.make_entries(small, min(ENTRIES_OF_SMALL, entries // 10))
        scale.make_tokens(scale.make_people(large, contacts), tokens)
        scale.make_entries(large, entries)
        make_rarities()
    make_viewers(small, large)
    for organisation in (small, large):
        scale.count_calls(organisation)


@contextmanager
def indexes_away() -> Iterator[None]:
    """The ledger without its indexes meanwhile: they are made faster at once than row by row."""
    with connection.connection.patience(None), connection.cursor() as cursor:
        found = indexes()
        for name in found:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for made in found.values():
            cursor.execute(made)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM (ANALYZE) audit_entry")  # as the server does by itself, sooner or later


def indexes() -> dict[str, str]:
    """The ledger's indexes but for its key's, each with the statement that makes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [Entry._meta.db_table])
        return {name: made for name, made in cursor.fetchall() if not name.endswith("_pkey")}


def make_rarities() -> None:
    with connection.cursor() as cursor:
        triggers.drop(connection, [triggers.ENTRY])
        for condition, values in RARITIES.items():
            cursor.execute(f"UPDATE audit_entry SET {values} WHERE {condition}")
        triggers.create(connection, [triggers.ENTRY])


def make_viewers(small: Organisation, large: Organisation) -> None:
    """The last of them sees a department whose only person has made no call."""
    department = Department.objects.filter(organisation=large).earliest("pk")
    lonely = DepartmentFactory(organisation=large, name="Lonely")
    places = {"administrator": (large, None), "of_department": (large, department), "of_nobody": (large, lonely)}
    readers = UserTypeFactory(organisation=large, permissions=["report:read", Permission.LOG_VIEW.value])
    for name, (organisation, place) in {**places, "of_small": (small, None)}.items():
        login = LoginFactory(
            organisation=organisation,
            contact=ContactFactory(organisation=organisation),
            user_name=f"{name}@demo.example",
            user_type="owner" if place is None else "general-user",
            has_personal_role=True,
            has_admin_role=place is None,
        )
        if place is not None:
            Assignment.objects.filter(login=login).delete()
            Assignment.objects.create(login=login, user_type=readers, department=place)
