"""Organisations, the people in them, what they may do, and the mail that waits to be sent to them."""

from accounts.models.imports import AT_WORK, CHANGES, ContactImport, ImportedFile, ImportRow, ImportState, RowResult
from accounts.models.operation import Attempts, Heartbeat, Lease, OutboxMail, PendingRemoval
from accounts.models.organisations import Department, Organisation, UserType
from accounts.models.people import USER_NAME, Assignment, Contact, Login
from accounts.models.sign_on import IdentityProvider, IdentityTie

__all__ = [
    "AT_WORK",
    "CHANGES",
    "USER_NAME",
    "Assignment",
    "Attempts",
    "Contact",
    "ContactImport",
    "Department",
    "Heartbeat",
    "IdentityProvider",
    "IdentityTie",
    "ImportRow",
    "ImportState",
    "ImportedFile",
    "Lease",
    "Login",
    "Organisation",
    "OutboxMail",
    "PendingRemoval",
    "RowResult",
    "UserType",
]
