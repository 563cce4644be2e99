"""The report of access tokens: what there is, whose it is, until when and since when it is in use."""

from typing import Any

from django.db.models import Case, CharField, F, QuerySet, When
from django.db.models import Value as Text
from django.db.models.functions import Cast, Concat

from accounts.models import Login
from accounts.permissions import Permission
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.reports.base import (
    Column,
    Report,
    department_and_below,
    department_parameter,
    login_parameter,
    logins_in_reach,
)
from tokens.reports.parameters import Choice, Chosen, Value
from tokens.reports.reader import Reader
from tokens.scopes import names
from tokens.statuses import Status

# Captions and values of the API are English whatever the owner's language: programs compare them.
STATUS_WORDS = {
    Status.NOT_GENERATED.value: "Not Generated",
    Status.INACTIVE.value: "Generated - Inactive",
    Status.ACTIVE.value: "Generated - Active",
    Status.EXPIRED.value: "Expired",
    Status.REVOKED.value: "Revoked",
}


def status_word(status: str, reader: Reader) -> str:
    return STATUS_WORDS[status]


def scope_names(scopes: int, reader: Reader) -> str:
    return " ".join(names(scopes))


LENGTH = Case(
    When(expiry_choice=Expiry.SECONDS, then=Concat(Cast("expiry_seconds", CharField()), Text(" seconds"))),
    default=F("expiry_choice"),
    output_field=CharField(),
)


def length_or_choice(choice: str, reader: Reader) -> str:
    """A number alone counts days."""
    return f"{choice} day{'' if choice == '1' else 's'}" if choice.isdecimal() else choice


class TokenInventory(Report):
    """One row for each token that people or the API made, revoked ones too."""

    id = 102
    name = "TokenInventory"
    title = "Token Inventory"
    permission = Permission.TOKEN_VIEW_ALL
    department = "owner__assignments__department"
    parameters = (
        department_parameter(permission),
        login_parameter(permission),
        Choice("Status", [Value("All", ""), *(Value(word, status) for status, word in STATUS_WORDS.items())]),
    )
    columns = (
        Column("Token Id", "public_id"),
        Column("Token Name", "name"),
        Column("Description", "description"),
        Column("Token Status", "status_now", status_word),
        Column("Login Id", "owner__public_id"),
        Column("User Name", "owner__user_name"),
        Column("First Name", "owner__contact__first_name"),
        Column("Last Name", "owner__contact__last_name"),
        Column("Created By", "created_by_label"),
        Column("Created On", "created_at"),
        Column("Expires After", LENGTH, length_or_choice),
        Column("Expiry Date", "expires_at"),
        Column("Generated On", "generated_at"),
        Column("First Used", "first_used_at"),
        Column("Last Used", "last_used_at"),
        Column("Revoked On", "revoked_at"),
        Column("Scopes", "scopes", scope_names),
        Column("Read Only", "read_only"),
    )

    def rows(self, reader: Reader, chosen: Chosen) -> QuerySet[Any]:
        tokens = AccessToken.objects.of_organisation(reader.organisation_id).filter(kind=AccessToken.Kind.API)
        if reader.reach(self.permission) is not None:
            tokens = tokens.filter(owner__in=logins_in_reach(reader, self.permission).values("pk"))
        if chosen["Department_Id"]:
            keys = department_and_below(reader, chosen["Department_Id"])
            placed = Login.objects.filter(assignments__department__in=keys).values("pk")
            tokens = tokens.filter(owner__in=placed)
        if chosen["Login_Id"]:
            tokens = tokens.filter(owner__public_id=chosen["Login_Id"])
        wanted = {"status_now": chosen["Status"]} if chosen["Status"] else {}
        return tokens.with_status().filter(**wanted).order_by("pk")
