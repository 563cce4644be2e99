"""Single sign-on: an organisation's identity provider, and which of its people is which login."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from accounts.models.organisations import Organisation
from accounts.models.people import Login


class IdentityProvider(models.Model):
    """The OpenID provider that an organisation's SSO logins sign in at. Set by the operator, by command alone."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="identity_provider")
    name = models.CharField(max_length=100)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=255)
    sealed_secret = models.TextField(blank=True, default="")  # accounts/sealed_texts.py; blank: a public client
    mail_only = models.BooleanField(default=False)  # at the first sign-in a verified mail address counts alone
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class IdentityTie(models.Model):
    """A login is the person whom the provider calls ``subject``, for as long as both are there."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="ties")
    login = models.OneToOneField(Login, on_delete=models.CASCADE, related_name="identity_tie")
    subject = models.CharField(max_length=255)
    tied_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "subject"], name="identity_tie_subject")]

    def __str__(self) -> str:
        return f"{self.login_id} {self.subject}"
