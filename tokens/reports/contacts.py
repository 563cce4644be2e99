"""The report of people: every contact, with its logins and what each login is where."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Contact
from accounts.permissions import Permission
from tokens.reports.base import (
    Column,
    Report,
    department_and_below,
    department_parameter,
    login_parameter,
)
from tokens.reports.parameters import Choice, Chosen, Value
from tokens.reports.reader import Reader

EVERY_CONTACT, CAN_SIGN_IN_OR_CALL, CANNOT, WITHOUT_LOGIN = range(4)


def department_path(key: int | None, reader: Reader) -> str | None:
    return None if key is None else reader.department_paths.get(key)


class ContactsAndLogins(Report):
    """One row for each assignment of each login; a contact without a login has one row, for the whole organisation."""

    id = 101
    name = "ContactsAndLogins"
    title = "Contacts & Logins"
    permission = Permission.CONTACT_VIEW
    department = "logins__assignments__department"
    parameters = (
        department_parameter(permission),
        login_parameter(permission),
        Choice(
            "Filter_By",
            [
                Value("Contacts: All", EVERY_CONTACT),
                Value("Logins: Enabled", CAN_SIGN_IN_OR_CALL),
                Value("Logins: Disabled or expired", CANNOT),
                Value("Contacts: Without a login", WITHOUT_LOGIN),
            ],
            default=EVERY_CONTACT,
        ),
    )
    columns = (
        Column("Contact Id", "public_id"),
        Column("First Name", "first_name"),
        Column("Last Name", "last_name"),
        Column("E Mail", "email"),
        Column("Phone", "phone"),
        Column("Login Id", "logins__public_id"),
        Column("User Name", "logins__user_name"),
        Column("Enabled", "logins__enabled"),
        Column("Expires On", "logins__expires_at"),
        Column("Service Login", "logins__is_service"),
        Column("Last Signed In", "logins__last_login"),
        Column("User Type", "logins__assignments__user_type__name"),
        Column("Department Id", "logins__assignments__department__public_id"),
        Column("Department", "logins__assignments__department", department_path),
        Column("Personal Role", "logins__has_personal_role"),
        Column("Admin Role", "logins__has_admin_role"),
    )

    def rows(self, reader: Reader, chosen: Chosen) -> QuerySet[Any]:
        # One filter() for all: conditions on one and the same login and assignment, which a second would not be.
        conditions = (
            Q(organisation_id=reader.organisation_id),
            self.permitted(reader),
            self.asked_for(reader, chosen),
        )
        return Contact.objects.filter(*conditions).order_by("pk", "logins__pk", "logins__assignments__pk")

    def permitted(self, reader: Reader) -> Q:
        """The assignments in reach, and of the reader's own those that this token has."""
        reach = reader.reach(self.permission)
        if reach is None:
            return Q()
        own = Q()
        for pair in reader.pairs:
            own |= Q(
                logins__assignments__user_type=pair.user_type_id, logins__assignments__department=pair.department_id
            )
        return Q(logins__assignments__department__in=reach) | Q(Q(logins=reader.login_id) & own)

    def asked_for(self, reader: Reader, chosen: Chosen) -> Q:
        wanted = Q()
        if chosen["Department_Id"]:
            keys = department_and_below(reader, chosen["Department_Id"])
            wanted &= Q(logins__assignments__department__in=keys)
        if chosen["Login_Id"]:
            wanted &= Q(logins__public_id=chosen["Login_Id"])
        return wanted & login_state(chosen["Filter_By"])


def login_state(filter_by: str | int | float | None) -> Q:
    expired = Q(logins__expires_at__isnull=False, logins__expires_at__lte=timezone.now())
    if filter_by == CAN_SIGN_IN_OR_CALL:
        return Q(logins__enabled=True) & (Q(logins__expires_at=None) | Q(logins__expires_at__gt=timezone.now()))
    if filter_by == CANNOT:
        return Q(logins__enabled=False) | expired
    return Q(logins=None) if filter_by == WITHOUT_LOGIN else Q()
