"""What a login has of second factors: rows of django-allauth's ``Authenticator``, read and put into words."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Login

TOTP, PASSKEY, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
FACTORS = (TOTP, PASSKEY)  # recovery codes stand in for one of these and are none themselves
PUBLIC_ID = "id"  # its key in a row's data, by which addresses name it


@dataclass(frozen=True, slots=True)
class Factor:
    """One second factor in words."""

    public_id: str
    name: str
    icon: str
    is_passkey: bool
    made_at: datetime
    used_at: datetime | None


def rows_of(login: Login) -> "QuerySet[Authenticator]":
    """The factors of a login, the oldest first; recovery codes left out."""
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=login.pk, type__in=FACTORS)
    return rows.order_by("created_at", "pk")


def passkeys_of(login: Login) -> "QuerySet[Authenticator]":
    return rows_of(login).filter(type=PASSKEY)


def in_words(row: Authenticator) -> Factor:
    is_passkey = row.type == PASSKEY
    return Factor(
        public_id=row.data[PUBLIC_ID],
        name=row.data["name"] if is_passkey else _("Authenticator app"),
        icon="fingerprint-pattern" if is_passkey else "smartphone",
        is_passkey=is_passkey,
        made_at=row.created_at,
        used_at=row.last_used_at,
    )


def factors_of(login: Login) -> list[Factor]:
    return [in_words(row) for row in rows_of(login)]


def codes_left(login: Login) -> int:
    """How many recovery codes were not used yet."""
    row = Authenticator.objects.filter(user_id=login.pk, type=RECOVERY).first()
    return len(row.data["digests"]) if row else 0


HAS_FACTOR = Exists(Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=FACTORS))  # of a login


def protected(logins: "QuerySet[Login]") -> "QuerySet[Login]":
    """Those of the logins that sign in with a password; ``is_protected`` says whether a second factor stands beside."""
    return logins.filter(is_service=False, is_sso=False).annotate(is_protected=HAS_FACTOR).order_by("user_name")


def without_factor(organisation_id: int) -> "QuerySet[Login]":
    """The people of an organisation who sign in with a password alone: those whom a requirement would concern."""
    people: QuerySet[Login] = Login.objects.filter(organisation_id=organisation_id, is_service=False, is_sso=False)
    return people.filter(~HAS_FACTOR)
