"""What must happen before a login goes or is shut out: the apps above register what they know, and it is run."""

from collections.abc import Callable

from django.db.models import QuerySet

from accounts.models import Login
from accounts.sessions import How
from audit.actor import Actor

Hook = Callable[[Login, Actor], None]
Ending = Callable[[QuerySet[Login], int, How, Actor], int]

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


WHEN_SHUT_OUT: list[Ending] = []
"""Each ends the sessions that it knows of these logins of one organisation, and returns how many."""


def when_shut_out(hook: Ending) -> Ending:
    """Register a hook, once however often its module is loaded."""
    if hook not in WHEN_SHUT_OUT:
        WHEN_SHUT_OUT.append(hook)
    return hook


def end_apps(logins: QuerySet[Login], organisation_id: int, how: How, by: Actor) -> int:
    return sum(hook(logins, organisation_id, how, by) for hook in WHEN_SHUT_OUT)


WITH_PASSWORD: list[Callable[[Login, Actor], int]] = []
"""Each ends what its holder gives up together with a password, inside the transaction, and returns how many."""


def with_password(hook: Callable[[Login, Actor], int]) -> Callable[[Login, Actor], int]:
    """Register a hook, once however often its module is loaded."""
    if hook not in WITH_PASSWORD:
        WITH_PASSWORD.append(hook)
    return hook


def give_up_tokens(login: Login, by: Actor) -> int:
    return sum(hook(login, by) for hook in WITH_PASSWORD)
