"""What must happen before a login goes: the apps above register what they know, and deletion runs it."""

from collections.abc import Callable

from accounts.models import Login
from audit.actor import Actor

Hook = Callable[[Login, Actor], None]

BEFORE_DELETION: list[Hook] = []
"""Each is called with the login and who deletes it, inside the transaction, while the login and all of it stand."""


def before_deletion(hook: Hook) -> Hook:
    """Register a hook, once however often its module is loaded."""
    if hook not in BEFORE_DELETION:
        BEFORE_DELETION.append(hook)
    return hook


def prepare_deletion(login: Login, by: Actor) -> None:
    for hook in BEFORE_DELETION:
        hook(login, by)
