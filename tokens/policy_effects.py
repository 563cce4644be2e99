"""Which tokens a tightened policy concerns: told before it is saved."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.forgetting import cutoff
from accounts.models import Login, Organisation
from accounts.place_effects import Named
from audit.actions.redacting import old_entries
from audit.grids.moments import day_text, number_text
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet

DAY_SECONDS = 24 * 3600
NOBODY = Named()
COUNTED = [choice for choice in Expiry.values if choice.isdecimal()]


def effects(organisation: Organisation, wanted: Mapping[str, Any]) -> list[tuple[str, Named]]:
    """Sentences, each with those whom it concerns; nothing where a policy is kept or loosened."""
    told = [
        _longer_lives(organisation, wanted),
        _scopes(organisation, wanted),
        _numbers(organisation, wanted["tokens_per_login"]),
        _calls(organisation, wanted["token_calls_per_minute"]),
        _passwords(organisation, allowed=wanted["basic_allowed"]),
    ]
    return [one for one in told if one is not None]


def forgotten(organisation: Organisation, days: int | None) -> list[tuple[str, Named]]:
    """What a shorter time in the log removes at once; nothing where it is kept or made longer."""
    if days is None or days == organisation.log_days_kept:
        return []
    before = cutoff(days)
    count = old_entries(organisation.pk, organisation.log_removed_before, before).count()
    words = ngettext(
        "%(count)s entry from before %(day)s loses names, addresses and details within minutes, and every further one "
        "when it is as old. It cannot be undone.",
        "%(count)s entries from before %(day)s lose names, addresses and details within minutes, and every further one "
        "when it is as old. It cannot be undone.",
        count,
    )
    return [(words % {"count": number_text(count), "day": day_text(before.date())}, NOBODY)]


def _longer_lives(organisation: Organisation, wanted: Mapping[str, Any]) -> tuple[str, Named] | None:
    concerned = named_tokens(with_longer_lives(organisation, wanted))
    words = ngettext(
        "%(count)s token has a longer Expires On.", "%(count)s tokens have a longer Expires On.", concerned.count
    )
    return (words % {"count": number_text(concerned.count)}, concerned) if concerned else None


def with_longer_lives(organisation: Organisation, wanted: Mapping[str, Any]) -> AccessTokenQuerySet:
    """The tokens whose Expires On becomes too long, and was not before."""
    before = too_long(organisation.token_days_limit, never_allowed=organisation.token_never_allowed)
    after = too_long(wanted["token_days_limit"], never_allowed=wanted["token_never_allowed"])
    tokens = AccessToken.objects.of_organisation(organisation.pk).listed()
    return tokens.filter(after).exclude(before)


def too_long(days: int | None, *, never_allowed: bool) -> Q:
    """The tokens whose Expires On the policy refuses at the next Generate (``tokens.rules.against_expiry``)."""
    never = Q(expiry_choice=Expiry.NEVER)
    if days is None:
        return Q(pk=None) if never_allowed else never
    longer = [choice for choice in COUNTED if int(choice) > days]
    last_day = timezone.localdate() + timedelta(days=days)
    return (
        never
        | Q(expiry_choice__in=longer)
        | Q(expiry_choice=Expiry.SECONDS, expiry_seconds__gt=days * DAY_SECONDS)
        | Q(expiry_choice=Expiry.DATE, expiry_date__gte=last_day)
    )


def _scopes(organisation: Organisation, wanted: Mapping[str, Any]) -> tuple[str, Named] | None:
    concerned = named_tokens(with_lost_scopes(organisation, wanted))
    words = ngettext(
        "%(count)s token has a scope that is no longer allowed.",
        "%(count)s tokens have a scope that is no longer allowed.",
        concerned.count,
    )
    return (words % {"count": number_text(concerned.count)}, concerned) if concerned else None


def lost_scopes(organisation: Organisation, wanted: Mapping[str, Any]) -> int:
    return organisation.token_scopes_allowed & ~int(wanted["token_scopes_allowed"])


def with_lost_scopes(organisation: Organisation, wanted: Mapping[str, Any]) -> AccessTokenQuerySet:
    """The tokens with a scope that is no longer allowed, those of the token endpoint while they work."""
    lost = lost_scopes(organisation, wanted)
    standing = Q(kind="api") | Q(expires_at__gt=Now())
    tokens = AccessToken.objects.of_organisation(organisation.pk).filter(standing, revoked_at=None)
    return tokens.alias(lost=F("scopes").bitand(lost)).filter(lost__gt=0)


def _numbers(organisation: Organisation, most: int) -> tuple[str, Named] | None:
    if most >= organisation.tokens_per_login:
        return None
    listed = Count("tokens", filter=Q(tokens__kind="api", tokens__revoked_at=None))
    logins = Login.objects.of_organisation(organisation.pk).annotate(number=listed).filter(number__gt=most)
    concerned = Named.of(logins.order_by("pk").values_list("user_name", flat=True))
    words = ngettext(
        "%(count)s login has more tokens. They work on; it creates no further one.",
        "%(count)s logins have more tokens. They work on; these logins create no further ones.",
        concerned.count,
    )
    return (words % {"count": number_text(concerned.count)}, concerned) if concerned else None


def _calls(organisation: Organisation, most: int | None) -> tuple[str, Named] | None:
    now = organisation.token_calls_per_minute
    if most is None or (now is not None and most >= now):
        return None
    words = ngettext(
        "At once, every token and mobile session is refused after %(count)s call in the same minute (429).",
        "At once, every token and mobile session is refused after %(count)s calls in the same minute (429).",
        most,
    )
    return words % {"count": number_text(most)}, Named()


def _passwords(organisation: Organisation, *, allowed: bool) -> tuple[str, Named] | None:
    if allowed == organisation.basic_allowed:
        return None
    if allowed:
        return _(
            "At once, a program that knows somebody's password reads all that this person may read: no scope, no "
            "department and no end limits it, and it cannot be revoked alone. Access tokens are safer."
        ), Named()
    return _("At once, programs that send user name and password are refused. Give them access tokens first."), Named()


def named_tokens(tokens: QuerySet[AccessToken]) -> Named:
    return Named.of(tokens.order_by("pk").values_list("name", flat=True))
