"""Which mails that nobody asked for were written already, so that none is written twice."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Login
from tokens.models.access_tokens import AccessToken


class Reminder(models.Model):
    """Somebody was told that a JWT ends at ``expires_at``, within so many ``days``. Another end begins anew."""

    token = models.ForeignKey(AccessToken, on_delete=models.CASCADE, related_name="reminders")
    expires_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "expires_at", "days"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.expires_at} {self.days}"


class DailyMail(models.Model):
    """A System Administrator was sent the mail of ``day``, the day in their time zone on which it was written."""

    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="daily_mails")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "day"], name="daily_mail_once")]

    def __str__(self) -> str:
        return f"{self.login_id} {self.day}"
