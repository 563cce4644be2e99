"""Forgets the rows of short-lived tokens in time. What they did stays in the ledger."""

from datetime import timedelta

from django.utils import timezone

from tokens.models import AccessToken

KEPT_AFTER_END = timedelta(days=7)
ROWS_AT_ONCE = 1000


def forget_ended_client_credentials() -> int:
    """Delete tokens of the token endpoint that ended a week ago, and say how many. Each step is a short one."""
    over = AccessToken.objects.filter(
        kind=AccessToken.Kind.CLIENT_CREDENTIALS, expires_at__lte=timezone.now() - KEPT_AFTER_END
    )
    forgotten = 0
    while keys := list(over.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        forgotten += AccessToken.objects.filter(pk__in=keys).delete()[0]
    return forgotten
