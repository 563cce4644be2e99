"""What may go wrong between us and an identity provider: a code for the log, and words for the person."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, Promise] = {
    "away": _("The identity provider does not answer. Try again in a moment."),
    "busy": _("Too many people are signing in at this moment. Try again in a moment."),
    "answer": _("The identity provider answered something that cannot be right. Tell your System Administrator."),
    "token": _("What the identity provider said about you could not be verified. Tell your System Administrator."),
    "code": _("The identity provider did not take back the code that it gave you. Sign in again."),
    "denied": _("The identity provider did not let you in, or you cancelled there."),
    "refused": _("The identity provider refused to sign you in. Tell your System Administrator."),
    "stale": _("This sign-in was used already, took too long, or began in another browser. Begin again."),
    "not_now": _("The identity provider did not ask you to sign in again, or did not say when you did."),
    "other_person": _("At the identity provider you are signed in as somebody else."),
    "secret": _("Single sign-on is not set up rightly. Tell your System Administrator."),
}


class Trouble(Exception):
    """The sign-in goes no further. ``code`` is one of ``WORDS``; ``about`` is for the operator's log, no secret."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code}: {about}" if about else code)
        self.code = code
        self.about = about

    @property
    def message(self) -> str:
        return str(WORDS[self.code])
