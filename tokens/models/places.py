"""From where, and with what, tokens were used: known places, and what their owners are still to be told of."""

from django.db import models

from tokens.models.access_tokens import AccessToken

PLACES_MOST = 200  # of one token; beyond, its use is from everywhere, and said so once
ELSEWHERE = "*"  # in place of a network: beyond so many places no further ones are kept


class TokenPlace(models.Model):
    """A network and a tool with which a token was used.

    ``address`` is the first one seen there, kept until the owner is told. ``tell``: that is still to be done.
    """

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="places", db_index=False)
    network = models.CharField(max_length=45, blank=True)
    tool = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True, default="")
    first_at = models.DateTimeField()
    tell = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "network", "tool"], name="token_place_once")]
        indexes = [models.Index(fields=["token"], name="token_place_to_tell", condition=models.Q(tell=True))]

    def __str__(self) -> str:
        return f"{self.network} {self.tool}"

    @property
    def is_everywhere(self) -> bool:
        return self.network == ELSEWHERE


class PlacesRead(models.Model):
    """Up to which number of the sealed ledger the calls were looked at, in one row."""

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    sequence = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="places_read_only_one")]

    def __str__(self) -> str:
        return str(self.sequence)
