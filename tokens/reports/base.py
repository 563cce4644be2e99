"""What a report is: a name, a permission, columns, parameters, and the rows that a reader may have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from accounts.models import Department, Login
from accounts.permissions import Permission
from tokens.reports.exceptions import ReportNotInReach
from tokens.reports.parameters import Choice, Chosen, Parameter, Value
from tokens.reports.periods import DEFAULT_MONTHS, bounds
from tokens.reports.reader import Reader


class Found:
    """Rows of which only the reading tells what they are; the attributes are right once the first was taken.

    ``written``: they are lines of CSV, without their ends, which the database wrote. Otherwise they are tuples;
    ``digits`` are the places of columns that hold decimal numbers as their digits, ``days`` of days as their texts.
    """

    def __init__(self, read: Callable[[Found], Generator[Any]]) -> None:
        self.written = False
        self.digits: Sequence[int] = ()
        self.days: Sequence[int] = ()
        self._rows = read(self)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def close(self) -> None:
        self._rows.close()


# Rows as tuples: a queryset, which is read in a transaction of its own, or what is closed in the end.
Values = QuerySet[Any, tuple[Any, ...]] | Generator[tuple[Any, ...]] | Found


@dataclass(frozen=True)
class Column:
    """A caption and where its value comes from: a field's path or an expression, and what to make of it."""

    caption: str
    source: str | Combinable
    convert: Callable[[Any, Reader], Any] | None = None


class Report:
    """One table of the API. A subclass in another app, listed in ``settings.REPORTS``, is as good as ours.

    It answers to its ``name`` and to those in ``also_named``; the meta addresses list all of them with the same id.

    ``department`` is the path to the department's key and ``owner`` the path to the login that a row is about; both
    start from the model of the rows. Without ``permission`` a reader gets the rows about the reader alone.
    """

    id: int
    name: str
    also_named: Sequence[str] = ()
    title: str
    permission: Permission
    department: ClassVar[str]
    parameters: Sequence[Parameter] = ()
    columns: Sequence[Column]

    def require_reach(self, reader: Reader) -> None:
        """Raises ``ReportNotInReach`` when the reader may have nothing of this report."""
        if not reader.may_read_reports:
            raise ReportNotInReach

    def rows(self, reader: Reader, chosen: Chosen) -> QuerySet[Any]:
        """The rows that the reader may have and asked for, in order."""
        raise NotImplementedError

    def values(self, reader: Reader, chosen: Chosen) -> Values:
        """The same as tuples in the order of the columns, not yet converted."""
        return self.rows(reader, chosen).values_list(*(column.source for column in self.columns))

    def lines(self, reader: Reader, chosen: Chosen) -> Values:
        """The same for CSV: where the database can write the very bytes that we would, it may do so."""
        return self.values(reader, chosen)

    @property
    def captions(self) -> list[str]:
        return [column.caption for column in self.columns]


def reached_departments(permission: Permission) -> Callable[[Reader], Sequence[Value]]:
    """The departments whose rows a reader can have: those of the permission, else those of the reader's own pairs."""

    def values(reader: Reader) -> Sequence[Value]:
        reach = reader.reach(permission)
        departments = Department.objects.filter(organisation_id=reader.organisation_id)
        if reach is not None:
            own = {pair.department_id for pair in reader.pairs if pair.department_id is not None}
            departments = departments.filter(pk__in=reach | own)
        keys = departments.values_list("pk", "public_id")
        found = [Value(reader.department_paths[key], public_id) for key, public_id in keys]
        return [Value("All Departments", ""), *sorted(found, key=lambda value: value.name.casefold())]

    return values


def reached_logins(permission: Permission) -> Callable[[Reader], Sequence[Value]]:
    """The logins that rows can be about: those in reach of the permission, and the reader's own."""

    def values(reader: Reader) -> Sequence[Value]:
        found = logins_in_reach(reader, permission).order_by("user_name").values_list("user_name", "public_id")
        return [Value("All Logins", ""), *(Value(*pair) for pair in found)]

    return values


def logins_in_reach(reader: Reader, permission: Permission) -> QuerySet[Login]:
    """The reader's own login, and those with an assignment where the permission holds."""
    logins: QuerySet[Login] = Login.objects.filter(organisation_id=reader.organisation_id)
    reach = reader.reach(permission)
    if reach is None:
        return logins
    in_reach = logins.filter(assignments__department_id__in=reach).values("pk")
    return logins.filter(Q(pk=reader.login_id) | Q(pk__in=in_reach))


def department_parameter(permission: Permission) -> Choice:
    return Choice("Department_Id", reached_departments(permission))


def login_parameter(permission: Permission) -> Choice:
    return Choice("Login_Id", reached_logins(permission))


def department_and_below(reader: Reader, public_id: object) -> set[int]:
    """The keys of a chosen department and of all below it."""
    departments = Department.objects.filter(organisation_id=reader.organisation_id, public_id=public_id)
    return reader.below(set(departments.values_list("pk", flat=True)))


def period_of(chosen: Chosen, reader: Reader) -> tuple[dt.datetime, dt.datetime]:
    """The time that ``Period`` and ``End_Period`` mean."""
    end = chosen["End_Period"]
    last = dt.date.fromisoformat(str(end)) if end else timezone.now().astimezone(reader.zone).date()
    return bounds(int(chosen["Period"] or DEFAULT_MONTHS), last, reader.zone)
