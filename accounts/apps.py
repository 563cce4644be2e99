"""The accounts app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Our own action keeps the rows of sessions, in the transaction of the sign-in that it records."""
        from allauth.account.signals import user_logged_in  # noqa: PLC0415  # models are there only now
        from allauth.usersessions.signals import on_user_logged_in  # noqa: PLC0415  # the same

        user_logged_in.disconnect(on_user_logged_in)
