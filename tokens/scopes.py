"""What a JWT may call: three scopes, stored as bits so that one SQL comparison checks them."""

from collections.abc import Iterable
from enum import IntFlag

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Scope(IntFlag):
    META = 1
    REPORT = 2
    TOKEN = 4


NAMES: dict[Scope, str] = {
    Scope.META: "api:meta:read",
    Scope.REPORT: "api:report:read",
    Scope.TOKEN: "api:token:manage",
}
LABELS: dict[Scope, Promise] = {
    Scope.META: _("Meta Record"),
    Scope.REPORT: _("Report Record"),
    Scope.TOKEN: _("Token Record"),
}
SHORT_LABELS: dict[Scope, Promise] = {
    Scope.META: _("Meta"),
    Scope.REPORT: _("Report"),
    Scope.TOKEN: _("Token"),
}
HINTS: dict[Scope, Promise] = {
    Scope.META: _("Names of reports and their parameters"),
    Scope.REPORT: _("The rows of the reports that its owner may read"),
    Scope.TOKEN: _("Creates and revokes tokens of its owner. Few tools need it."),
}
DEFAULT = Scope.META | Scope.REPORT
ALL = Scope.META | Scope.REPORT | Scope.TOKEN


def names(scopes: int) -> list[str]:
    """The scopes' names of RFC 6749 (3.3), in fixed order."""
    return [name for scope, name in NAMES.items() if scopes & scope]


def labels(scopes: int) -> str:
    """The scopes by the seed's words, "Meta Record, Report Record"."""
    return ", ".join(str(label) for scope, label in LABELS.items() if scopes & scope)


def short_labels(scopes: int) -> str:
    """The same for a narrow cell, "Meta, Report"."""
    return ", ".join(str(label) for scope, label in SHORT_LABELS.items() if scopes & scope)


def parse(texts: Iterable[str]) -> int:
    """Scope names to bits. Raises ``ValueError`` naming the first unknown one."""
    known = {name: scope for scope, name in NAMES.items()}
    bits = 0
    for text in texts:
        if text not in known:
            raise ValueError(text)
        bits |= known[text]
    return bits
