"""Whose password comes to the end that its organisation sets, and who is told of it: so many days before."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Login, Organisation

DAYS = (1, 7, 14)  # before the end, each once


def with_passwords(organisation: Organisation) -> QuerySet[Login]:
    """The logins of people who sign in with a password."""
    logins: QuerySet[Login] = Login.objects.of_organisation(organisation.pk)
    return logins.filter(is_service=False, is_sso=False).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def chosen_by(moment: datetime) -> Q:
    """Of passwords chosen at the moment or before (``Login.password_ends_at``)."""
    return Q(password_changed_at__lte=moment) | Q(password_changed_at=None, created_at__lte=moment)


def older_than(organisation: Organisation, days: int) -> QuerySet[Login]:
    return with_passwords(organisation).filter(chosen_by(timezone.now() - timedelta(days=days)))


def to_remind(organisation: Organisation) -> list[Login]:
    """Those who are to be told now that their password comes to its end, and were not told of so many days yet."""
    limit = organisation.password_days_limit
    if limit is None or not organisation.password_reminders or organisation.suspended_at:
        return []
    now = timezone.now()
    soon = with_passwords(organisation).filter(
        Q(expires_at=None) | Q(expires_at__gt=now),
        ~chosen_by(now - timedelta(days=limit)) & chosen_by(now - timedelta(days=limit - max(DAYS))),
        enabled=True,
    )
    logins = soon.exclude(email="").select_related("organisation", "contact").order_by("pk")
    return [login for login in logins if is_to_be_told(login, now)]


def is_to_be_told(login: Login, now: datetime) -> bool:
    """Whether the nearest of the days has come and the login was told of none since."""
    end = login.password_ends_at
    if end is None or end <= now:
        return False
    begun = [end - timedelta(days=days) for days in DAYS if end - timedelta(days=days) <= now]
    return bool(begun) and (login.password_reminded_at is None or login.password_reminded_at < max(begun))
