"""The tokens app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = _("Tokens")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.leaving import before_deletion, when_shut_out, with_password  # noqa: PLC0415  # models are there only by now
        from tokens.actions.leaving import end_all_of, revoke_own  # noqa: PLC0415
        from tokens.actions.shutting_out import end_apps_of  # noqa: PLC0415

        before_deletion(end_all_of)
        when_shut_out(end_apps_of)
        with_password(revoke_own)
