"""Takes one protection out of a served console, named in the environment: for the controls of the races."""

import os
import time
from collections.abc import Callable
from typing import Any

from django.apps import AppConfig


class Broken(AppConfig):
    name = "tests.races"
    label = "races"

    def ready(self) -> None:
        BREAKAGES[os.environ["RACES_BROKEN"]]()


def remember_verdicts() -> None:
    """A call that was admitted within the last second is admitted without asking."""
    from tokens.api import authentication

    ask, remembered = authentication.admit, {}

    def admit(jwt: bytes, **asked: Any) -> Any:
        admitted, at = remembered.get(jwt, (None, 0.0))
        if time.monotonic() - at > 1:
            admitted = ask(jwt, **asked)
            remembered[jwt] = admitted, time.monotonic()
        return admitted

    authentication.admit = admit


def save_any_dialog() -> None:
    """Save no longer asks whether its JWT is the pending one."""
    from tokens.actions import generation
    from tokens.models import AccessToken

    generation.with_pending = lambda token, _dialog: AccessToken.objects.filter(pk=token.pk)


BREAKAGES: dict[str, Callable[[], None]] = {"remember verdicts": remember_verdicts, "save any dialog": save_any_dialog}
