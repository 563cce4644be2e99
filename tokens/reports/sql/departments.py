"""How a cell of a report names a department: its full path, its public id, or its name where no other has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from accounts.models import Department
from accounts.permissions import Permission
from tokens.reports.base import department_and_below
from tokens.reports.parameters import Choice, Chosen, Value
from tokens.reports.reader import Reader

DEPARTMENT = "Department_Id"


def department_choice() -> Choice:
    """The departments whose rows a reader can have: those in reach of ``report:read`` and no others."""
    return Choice(DEPARTMENT, _values)


def _values(reader: Reader) -> Sequence[Value]:
    reach = reader.reach(Permission.REPORT_READ)
    found = [
        Value(reader.department_paths[key], public_id)
        for key, public_id, _name in _departments(reader)
        if reach is None or key in reach
    ]
    return [Value("All Departments", ""), *sorted(found, key=lambda value: value.name.casefold())]


def cells_in_reach(reader: Reader, chosen: Chosen) -> list[str] | None:
    """The texts that a row's department may have; None: any, and none at all."""
    keys = reader.reach(Permission.REPORT_READ)
    if chosen.get(DEPARTMENT):
        wanted = department_and_below(reader, chosen[DEPARTMENT])
        keys = wanted if keys is None else keys & wanted
    if keys is None:
        return None
    return [text for text, meant in _texts(reader).items() if meant <= keys]


def _texts(reader: Reader) -> dict[str, set[int]]:
    """What each text means. One that could mean several departments is for those alone who reach all of them."""
    texts: defaultdict[str, set[int]] = defaultdict(set)
    named: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for key, public_id, name in _departments(reader):
        texts[public_id].add(key)
        texts[reader.department_paths[key]].add(key)
        named[name.casefold()].append((key, name))
    for same in named.values():
        if len(same) == 1:
            [(key, name)] = same
            texts[name].add(key)
    return texts


def _departments(reader: Reader) -> list[tuple[int, str, str]]:
    departments = Department.objects.filter(organisation_id=reader.organisation_id)
    return list(departments.values_list("pk", "public_id", "name"))
