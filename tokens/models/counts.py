"""How often tokens were used on each day: counted from the ledger, for plots alone (docs/decisions/0023)."""

from django.db import models

ALL_TOKENS = ""  # in place of a token's id: the sum of all of the organisation's tokens and mobile sessions


class DailyCalls(models.Model):
    """The calls of one token on one day (UTC). Whom it names, it names by value, as the ledger does."""

    organisation_id = models.BigIntegerField()
    day = models.DateField()
    token_id = models.CharField(max_length=32, blank=True)
    ok = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "token_id", "day"], name="daily_calls_once"),
        ]
        indexes = [models.Index(fields=["day"], name="daily_calls_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.token_id} {self.ok} {self.failed}"


class CallsCounted(models.Model):
    """Until when an organisation's calls are in ``DailyCalls``; what came later is still to be counted."""

    organisation_id = models.BigIntegerField(unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.until}"
