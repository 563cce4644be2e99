"""What is there now of all that a file speaks of, read at once, so that checking a row asks the database nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import override

from accounts.drafts import one_line
from accounts.imports.columns import plain
from accounts.imports.subjects import Subject
from accounts.languages import LANGUAGES
from accounts.models import Assignment, Contact, Department, Login, Organisation, UserType
from accounts.permissions import GENERAL_USER, Permission, user_type_label

PORTION = 500
CLIENT_BROWSE = "Client Browse"  # what Envizi's sheets call a General User
Likeness = tuple[str, str, str]


def other_names(slug: str) -> Iterator[str]:
    """By which a built-in user type is known as well: what the console calls it, in each of its languages."""
    for code, _language in LANGUAGES:
        with override(code):
            yield user_type_label(slug, "", built_in=True)
    if slug == GENERAL_USER:
        yield CLIENT_BROWSE


@dataclass
class Present:
    """The people, departments and user types of the organisation; of the people those whom the file names.

    ``manager`` is who imports; people out of reach are as if they were not there, but their user names are taken.
    """

    organisation: Organisation
    manager: Login
    reach: set[int] | None = None
    departments: dict[str, Department | None] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    user_types: dict[str, UserType] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    user_names: list[str] = field(default_factory=list)  # of the whole organisation
    contacts: dict[str, Contact] = field(default_factory=dict)
    alike: dict[Likeness, list[Contact]] = field(default_factory=lambda: defaultdict(list))
    logins_of: dict[int, list[Login]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, manager: Login, subjects: Sequence[Subject], *, locked: bool = False) -> Present:
        """``locked`` holds the rows that are there until the transaction ends."""
        present = cls(manager.organisation, manager, manager.reach(Permission.CONTACT_VIEW))
        present._read_places()
        logins = Login.objects.select_for_update(of=("self",)) if locked else Login.objects.all()
        contacts = Contact.objects.select_for_update(of=("self",)) if locked else Contact.objects.all()
        present._read_contacts(contacts, subjects)
        present._read_logins(logins, subjects)
        return present

    def _read_places(self) -> None:
        types = list(UserType.objects.filter(organisation=self.organisation).order_by("pk"))
        self.user_types = {plain(user_type.name): user_type for user_type in types}
        for user_type in types:
            for name in other_names(user_type.slug) if user_type.built_in else ():
                self.user_types.setdefault(plain(name), user_type)
        self.paths = Department.objects.paths(self.organisation.pk)
        departments = Department.objects.filter(organisation=self.organisation).in_bulk()
        last: dict[str, list[Department]] = defaultdict(list)
        for key, path in self.paths.items():
            self.departments[path_key(path)] = departments[key]
            last[path_key(departments[key].name)].append(departments[key])
        # The name alone will do, where only one department has it.
        for name, found in last.items():
            if len(found) == 1:
                self.departments.setdefault(name, found[0])

    def _read_contacts(self, contacts: QuerySet[Contact], subjects: Sequence[Subject]) -> None:
        visible = Contact.objects.visible_to(self.manager)
        wanted = {likeness_of(subject) for subject in subjects}
        ids = {subject["contact_id"] for subject in subjects if subject["contact_id"]}
        keys = [
            key
            for key, public_id, *names in visible.values_list("pk", "public_id", "first_name", "last_name", "email")
            if public_id in ids or likeness(*names) in wanted
        ]
        names = [subject.first.user_name.lower() for subject in subjects]
        for portion in portions(names):
            keys += self._named(portion).values_list("contact_id", flat=True)
        for portion in portions(sorted(set(keys))):
            for contact in contacts.filter(pk__in=portion).order_by("pk"):
                self.contacts[contact.public_id] = contact
                self.alike[likeness(contact.first_name, contact.last_name, contact.email)].append(contact)

    def _read_logins(self, logins: QuerySet[Login], subjects: Sequence[Subject]) -> None:
        """All logins of the contacts, and which of the file's user names are somebody else's."""
        by_key = {contact.pk: contact for contact in self.contacts.values()}
        keys: list[int] = []
        for portion in portions(sorted(by_key)):
            keys += Login.objects.filter(contact_id__in=portion).values_list("pk", flat=True)
        for portion in portions(sorted(keys)):  # held in the order in which every other deed holds several logins
            found = list(logins.filter(pk__in=portion).order_by("pk"))
            assignments = Assignment.objects.filter(login__in=[login.pk for login in found])
            held = defaultdict(list)
            for assignment in assignments.select_related("user_type", "department").order_by("pk"):
                held[assignment.login_id].append(assignment)
            for login in found:
                login.contact, login.organisation = by_key[login.contact_id], self.organisation
                login.assignments_now = held[login.pk]
                self.logins_of[login.contact_id].append(login)
                if self.sees(login):
                    self.logins[login.user_name.lower()] = login
        self.user_names = list(self.organisation.logins.order_by("pk").values_list("user_name", flat=True))
        for portion in portions([subject.first.user_name.lower() for subject in subjects]):
            names = Login.objects.alias(lower_name=Lower("user_name")).filter(lower_name__in=portion)
            self.taken |= {name.lower() for name in names.values_list("user_name", flat=True)} - self.logins.keys()

    def _named(self, names: list[str]) -> QuerySet[Login]:
        visible = Login.objects.visible_to(self.manager)
        found: QuerySet[Login] = visible.alias(lower_name=Lower("user_name")).filter(lower_name__in=names)
        return found

    def sees(self, login: Login) -> bool:
        return self.reach is None or any(item.department_id in self.reach for item in login.assignments_now)

    def seen_assignments(self, login: Login) -> list[Assignment]:
        """Those that the manager is shown; an import leaves the others as they are."""
        return [item for item in login.assignments_now if self.reach is None or item.department_id in self.reach]

    @property
    def state(self) -> list[object]:
        """All that checking depends on, as plain values: two of these are equal when nothing has changed."""
        return [
            {**self.manager.rights},
            sorted((name, place.pk if place else 0) for name, place in self.departments.items()),
            sorted((name, kind.pk, kind.name, tuple(kind.permissions)) for name, kind in self.user_types.items()),
            sorted(self.taken),
            sorted(
                (item.pk, item.first_name, item.last_name, item.email, item.phone, item.notes)
                for item in self.contacts.values()
            ),
            sorted(_state_of(login) for logins in self.logins_of.values() for login in logins),
        ]


def _state_of(login: Login) -> tuple[Any, ...]:
    moment = login.expires_at.isoformat() if login.expires_at else ""
    flags = (login.is_service, login.is_sso, login.enabled, login.has_personal_role, login.has_admin_role)
    texts = (login.user_name, login.email, moment, login.language, login.time_zone, login.password)
    return (login.pk, login.contact_id, *flags, *texts, sorted(pair.encoded() for pair in login.pairs))


def likeness(first_name: str, last_name: str, email: str) -> Likeness:
    """What two contacts have in common that are one and the same."""
    return (one_line(first_name).casefold(), one_line(last_name).casefold(), one_line(email).casefold())


def likeness_of(subject: Subject) -> Likeness:
    return likeness(subject["first_name"], subject["last_name"], subject["email"])


def path_key(path: str) -> str:
    """A path of departments, whichever arrow it is written with."""
    return "›".join(one_line(part).casefold() for part in path.replace(">", "›").split("›"))


def portions(items: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while portion := list(islice(rest, PORTION)):
        yield portion
