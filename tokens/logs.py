"""The token logs' tables and filters: which tokens can be chosen, where a name leads, why a call was refused."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.called import logins_called
from audit.filters import LogFilters
from audit.grids.filters import ChoiceFilter, TextFilter
from audit.grids.tables import LinkColumn
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.request_ids import REQUEST_ID
from audit.tables import LogTable, MomentLinkColumn, ResultColumn
from tokens.models import AccessToken, MobileSession, name_key
from tokens.receipts import Numbered, NumberedColumn
from tokens.verdicts import Verdict

LOOKED_UP = 2_000
REASONS = dict(Verdict.choices)


class TokenLogTable(Numbered, LogTable):
    """The log of one token."""

    caption = _("Token Logs")
    default_hidden: Sequence[str] = ("sent_as",)

    result = ResultColumn(reasons=REASONS)
    number = NumberedColumn(receipt="tokens:own_receipt")


class LogOfLoginTable(TokenLogTable):
    """The log of one token of somebody else."""

    number = NumberedColumn(receipt="tokens:receipt")


class MyLogTable(TokenLogTable):
    """The log of all tokens of one login; a name leads to the log of that token."""

    token = LinkColumn(
        accessor="token_name",
        row_header=False,
        to=lambda entry: reverse("tokens:logs", args=[entry.token_id]),
        verbose_name=_("Token Name"),
    )


class OrganisationLogTable(TokenLogTable):
    """The log of the tokens of many people; a name leads to the same page with that token alone."""

    default_hidden = ("sent_as", "tool", "request_id", "number")

    at = MomentLinkColumn(to=lambda entry: reverse("tokens:entry", args=[entry.pk]))
    token = LinkColumn(
        accessor="token_name",
        row_header=False,
        to=lambda entry: f"?token={entry.token_id}",
        verbose_name=_("Token Name"),
    )
    number = NumberedColumn(receipt="tokens:receipt")


class TokenLogFilters(LogFilters):
    """The filters of one token's log: all of its entries have an index."""

    reasons = REASONS

    def is_exact(self) -> bool:
        return True

    def logins_called(self, text: str) -> list[str]:
        return logins_called(self.request.user.organisation_id, text)


class MyLogFilters(TokenLogFilters):
    """Further, which of the login's own tokens, revoked ones too; not those of an hour, which share one name."""

    token = ChoiceFilter(field_name="token_id", choices=(), label=_("Token Name"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = AccessToken.objects.of_owner(self.request.user).filter(kind=AccessToken.Kind.API)
        own = own.order_by("name_key", "pk")
        self.filters["token"].extra["choices"] = list(own.values_list("public_id", "name"))


class OrganisationLogFilters(TokenLogFilters):
    """Further, which token and whose. Both are looked up first, because entries are found by their ids."""

    exact = ("address", "q", "token", "owner")

    q = TextFilter(method="with_any", label=_("Request id, token, person"))
    token = TextFilter(method="with_token", label=_("Token Name"))
    owner = TextFilter(method="with_owner", label=_("Owner"))

    def is_exact(self) -> bool:
        return LogFilters.is_exact(self)

    def with_any(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """The entries of a request, of a token or of a person's tokens, whichever the text names as a whole."""
        if REQUEST_ID.fullmatch(value):
            return rows.of_request(value)
        tokens, owners = tokens_called(self.request.user.organisation_id, value), self.logins_called(value)
        if tokens and owners:
            return rows.filter(Q(token_id__in=tokens) | Q(owner_id__in=owners))
        return rows.filter(owner_id__in=owners) if owners else rows.filter(token_id__in=[*tokens, value])

    def with_token(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """The token of this name or public id; of several people's tokens of one name, all."""
        return rows.filter(token_id__in=[*tokens_called(self.request.user.organisation_id, value), value])

    def with_owner(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """The person of this user name, public id or whole name, with what is forgotten of their tokens since."""
        return rows.filter(owner_id__in=self.logins_called(value))


def tokens_called(organisation_id: int, text: str) -> list[str]:
    """Public ids of the tokens and mobile sessions of that name or id.

    Of a program that asks for a token with every call, there are too many: the newest.
    """
    tokens = AccessToken.objects.of_organisation(organisation_id)
    same = tokens.filter(Q(name_key=name_key(text)) | Q(public_id=text)).order_by("kind", "-pk")
    sessions = MobileSession.objects.of_organisation(organisation_id)
    devices = sessions.filter(Q(device__iexact=text) | Q(public_id=text)).order_by("-pk")
    return [found for rows in (same, devices) for found in rows.values_list("public_id", flat=True)[:LOOKED_UP]]
