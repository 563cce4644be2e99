"""The tree of departments as its page draws it: each department with its place and how many logins it reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Assignment, Department, Organisation
from audit.grids.moments import number_text


@dataclass
class Node:
    """One department. ``ends`` is how many branches end with it, so that a flat loop can draw the nested list."""

    department: Department
    path: str
    children: list[Node] = field(default_factory=list)
    direct: set[int] = field(default_factory=set)
    within: set[int] = field(default_factory=set)
    is_match: bool = False
    ends: int = 0

    @property
    def is_branch(self) -> bool:
        return bool(self.children)

    @property
    def logins(self) -> int:
        """Logins that are assigned to the department itself."""
        return len(self.direct)

    @property
    def logins_within(self) -> int:
        """Those and the logins of all departments below it, each once."""
        return len(self.within)

    @property
    def logins_text(self) -> str:
        return ngettext("%(count)s login", "%(count)s logins", self.logins) % {"count": number_text(self.logins)}

    @property
    def within_text(self) -> str:
        """Nothing for a department without others below it."""
        return _("%(count)s with those below") % {"count": number_text(self.logins_within)} if self.children else ""

    @property
    def actions_label(self) -> str:
        return _("Actions for %(name)s") % {"name": self.path}

    @property
    def endings(self) -> range:
        return range(self.ends)


@dataclass(frozen=True)
class Tree:
    """All departments of an organisation in the order of the page; ``shown`` leaves out what a search does not find."""

    shown: list[Node]
    total: int
    found: int
    everywhere: int  # logins that are assigned to the whole organisation

    @classmethod
    def of(cls, organisation: Organisation, search: str = "") -> Tree:
        """Two queries, whatever the size and the depth."""
        nodes = _nodes(organisation)
        everywhere = _count_logins(organisation, nodes)
        top = _ordered(node for node in nodes.values() if node.department.parent_id is None)
        wanted = search.strip().casefold()
        for node in nodes.values():
            node.is_match = bool(wanted) and wanted in node.department.name.casefold()
        found = sum(node.is_match for node in nodes.values())
        return cls(_flat(_pruned(top) if wanted else top), len(nodes), found, everywhere)


def _nodes(organisation: Organisation) -> dict[int, Node]:
    """Every department with those directly below it, and its path."""
    nodes = {row.pk: Node(row, row.name) for row in Department.objects.filter(organisation=organisation)}
    for node in nodes.values():
        if node.department.parent_id is not None:
            nodes[node.department.parent_id].children.append(node)
    waiting = [node for node in nodes.values() if node.department.parent_id is None]
    while waiting:
        node = waiting.pop()
        node.children = _ordered(node.children)
        for child in node.children:
            child.path = f"{node.path} › {child.path}"
        waiting += node.children
    return nodes


def _count_logins(organisation: Organisation, nodes: dict[int, Node]) -> int:
    """Fill in the logins of each department; gives how many are assigned to the whole organisation."""
    rows = Assignment.objects.filter(login__organisation=organisation)
    assignments: Iterable[tuple[int | None, int]] = rows.values_list("department_id", "login_id")
    everywhere = set()
    for department, login in assignments:
        if department is None:
            everywhere.add(login)
        else:
            nodes[department].direct.add(login)
    # From the lowest level up, so that each department is complete before the one above takes it in.
    for node in sorted(nodes.values(), key=lambda node: -node.path.count(" › ")):
        node.within = node.direct.union(*(child.within for child in node.children))
    return len(everywhere)


def _ordered(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: node.department.name.casefold())


def _pruned(nodes: list[Node]) -> list[Node]:
    """The branches with a match: what matches, with those above it."""
    kept = []
    for node in nodes:
        node.children = _pruned(node.children)
        if node.is_match or node.children:
            kept.append(node)
    return kept


def _flat(nodes: list[Node]) -> list[Node]:
    """The nodes in the order of the page, each knowing how many branches end after it."""
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        if node.children:
            found += _flat(node.children)
            found[-1].ends += 1
    return found
