"""Who may have which access token: one function per rule, asked by menus, forms, pages, actions and the API.

A rule answers with the refusal that an action would raise, or with None. Its message is shown as it is.
"""

import unicodedata
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_create_own_tokens
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from accounts.pairs import Pair
from accounts.permissions import Permission
from accounts.rules import organisations
from accounts.zones import zone_named
from audit.grids.moments import long_day_text
from tokens.durations import LEAST_SECONDS, MOST_SECONDS
from tokens.expiry import DatePassed, Expiry, end_of
from tokens.models import NAME_LENGTH, AccessToken, name_key
from tokens.reach import effective_pairs, reach_of
from tokens.scopes import ALL, labels

LATEST = date(2199, 12, 31)
IN_USE_DAYS = 30  # a token used within so many days is "in use": revoking it asks for its name
ENDS_SOON_DAYS = 7
CALLS_MOST = 100_000  # a minute; whoever needs more needs no limit


def zone_of(login: Login) -> ZoneInfo:
    return zone_named(login.time_zone)


def against_holding(owner: Login) -> Refused | None:
    """New secrets are only for logins that could use them: never View Only, never without the Personal role."""
    if owner.is_view_only:
        return Refused("view_only", _("View Only logins hold no token."))
    if not owner.has_personal_role:
        return Refused("role_missing", _("%(name)s lacks the Personal role for API tokens.") % {"name": owner.label})
    return None


def against_making(viewer: Login, owner: Login) -> Refused | None:
    """Creating and generating: for oneself with ``token:create``, for others with the Admin role (the page's guard)."""
    if refusal := against_holding(owner):
        return refusal
    if viewer.pk == owner.pk and not may_create_own_tokens(viewer):
        return Refused(
            "not_allowed", _("Your user type may not create or generate tokens. Ask a System Administrator.")
        )
    return None


def against_making_with(maker: AccessToken, owner: Login) -> Refused | None:
    """A token makes others while it is not revoked and one of the pairs that it reaches has ``token:create``."""
    if maker.revoked_at is not None:
        return Refused("revoked", _("The access token that asked was revoked meanwhile."))
    if maker.read_only:
        return Refused("read_only", _("This access token may only read."))
    reached = reach_of(maker, owner)
    creating = (a for a in owner.assignments_now if Permission.TOKEN_CREATE in a.user_type.permissions)
    if any(assignment.pair in reached for assignment in creating):
        return None
    return Refused(
        "not_allowed",
        _("No user type of this access token may create tokens (token:create). Ask a System Administrator."),
    )


def against_giving(maker: AccessToken, owner: Login, pairs: frozenset[Pair] | None) -> Refused | None:
    """What a token gives to one that it makes: never more than it reaches itself (docs/decisions/0013)."""
    if maker.current_restriction is None or (pairs is not None and pairs <= reach_of(maker, owner)):
        return None
    return Refused("pairs", _("An access token gives no more than it has itself."))


def against_another(owner: Login) -> Refused | None:
    """How many tokens one login may have at a time."""
    limit = owner.organisation.tokens_per_login
    if owner.tokens.listed().count() < limit:
        return None
    return Refused("too_many", _("%(limit)d tokens are the most that one login may have.") % {"limit": limit})


def against_name(owner: Login, name: str, *, token: AccessToken | None = None) -> Refused | None:
    """Unique for its owner, ignoring case and blanks, and visible. ``token`` is the one that gets the name."""
    key = name_key(name)
    if not key:
        return Refused("name", _("Give the token a name."))
    if len(name.strip()) > NAME_LENGTH or len(key) > NAME_LENGTH * 2:
        return Refused("name", _("A name has at most %(length)d characters.") % {"length": NAME_LENGTH})
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in name.strip()):
        return Refused("name", _("A name has no invisible characters."))
    others = owner.tokens.listed().filter(name_key=key)
    if token is not None:
        others = others.exclude(pk=token.pk)
    if others.exists():
        return Refused("name_taken", _("There is a token of this name already. Choose another name."))
    return None


def against_scopes(organisation: Organisation, scopes: int) -> Refused | None:
    if not scopes or scopes & ~int(ALL):
        return Refused("scopes", _("Choose at least one scope."))
    if refused := scopes & ~organisation.token_scopes_allowed:
        words = {"scopes": labels(refused), "organisation": organisation.name}
        return Refused("scopes", _("%(organisation)s does not allow %(scopes)s.") % words)
    return None


def against_calls(calls_per_minute: int | None) -> Refused | None:
    """None is no limit of the token's own; the organisation's holds in any case."""
    if calls_per_minute is None or 1 <= calls_per_minute <= CALLS_MOST:
        return None
    return Refused("calls_per_minute", _("A limit is from 1 to %(most)d calls a minute.") % {"most": CALLS_MOST})


def against_networks(allowed_networks: str | None) -> Refused | None:
    """None is no list of the token's own; the organisation's holds in any case."""
    return organisations.against_networks(allowed_networks)


def against_expiry(
    owner: Login, choice: str, chosen: date | None, *, seconds: int | None = None, now: datetime | None = None
) -> Refused | None:
    """The date is ahead, or the seconds are within reason, and the organisation's policy allows so long a life."""
    now, organisation = now or timezone.now(), owner.organisation
    if choice == Expiry.SECONDS and not LEAST_SECONDS <= (seconds or 0) <= MOST_SECONDS:
        return Refused("expiry", _("The shortest life is 30 seconds, the longest 365 days."))
    if chosen is not None and chosen > LATEST:
        return Refused("expiry_date", _("Choose a date before the year 2200."))
    try:
        end = end_of(choice, chosen, now=now, zone=zone_of(owner), seconds=seconds)
    except DatePassed:
        day = {"date": long_day_text(chosen or now)}
        return Refused("expiry_date", _("%(date)s has passed. Choose a later date as Expires On.") % day)
    limit = organisation.token_days_limit
    if choice == Expiry.NEVER and not (organisation.token_never_allowed and limit is None):
        return Refused("expiry", _("%(name)s wants every token to expire.") % {"name": organisation.name})
    if limit is not None and end is not None and end - now > timedelta(days=limit):
        words = {"name": organisation.name, "limit": limit}
        return Refused("expiry", _("%(name)s allows %(limit)d days at most.") % words)
    return None


def against_pairs(
    owner: Login, pairs: frozenset[Pair] | None, *, kept: frozenset[Pair] | None = None
) -> Refused | None:
    """A restriction is made of the owner's own pairs (and those it ``kept``), and must leave something."""
    if pairs is not None and not pairs <= owner.pairs | (kept or frozenset()):
        return Refused("pairs", _("Only the owner's own user types and departments can be chosen."))
    return against_reach(owner, pairs)


def against_reach(owner: Login, pairs: frozenset[Pair] | None) -> Refused | None:
    if effective_pairs(owner, pairs):
        return None
    return Refused(
        "no_assignment",
        _("%(name)s no longer has what this token is limited to. Edit the token.") % {"name": owner.label},
    )


def against_changing(token: AccessToken) -> Refused | None:
    """A token of the token endpoint is what was asked for, for an hour: it can be revoked, not changed."""
    if token.kind == AccessToken.Kind.API:
        return None
    return Refused("short_lived", _("Short-lived, from the token endpoint"))


def against_generating(token: AccessToken, owner: Login, *, now: datetime | None = None) -> Refused | None:
    """Everything that stops the next JWT. Policies may have been tightened since the token was created."""
    if token.revoked_at is not None:
        return Refused("revoked", _("A revoked token cannot be brought back."))
    return (
        against_holding(owner)
        or against_reach(owner, token.pairs)
        or against_scopes(owner.organisation, token.scopes)
        or against_expiry(owner, token.expiry_choice, token.expiry_date, seconds=token.expiry_seconds, now=now)
    )


def in_use_since() -> datetime:
    """A token that was used after this moment is in use."""
    return timezone.now() - timedelta(days=IN_USE_DAYS)


def is_in_use(token: AccessToken) -> bool:
    return token.last_used_at is not None and token.last_used_at > in_use_since()


def ends_soon(token: AccessToken) -> bool:
    """The JWT still works, ends within 7 days, and was made for longer than that."""
    if token.expires_at is None or token.generated_at is None or token.revoked_at is not None:
        return False
    soon, now = timedelta(days=ENDS_SOON_DAYS), timezone.now()
    return now < token.expires_at <= now + soon and token.expires_at - token.generated_at > soon
