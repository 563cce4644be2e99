"""A rule for passwords in our own words: Django's would name our fields in English within a translated sentence."""

from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.utils.translation import gettext as _


class UnlikeTheLogin(UserAttributeSimilarityValidator):
    """Refuses a password that is nearly the user name or the mail address."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("user_name", "email"))

    def get_error_message(self) -> str:
        return _("The password is too similar to your user name or your mail address.")

    def get_help_text(self) -> str:
        return _("A password is not similar to the user name or the mail address.")
