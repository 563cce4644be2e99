"""Run as a program: minting, renewing and revoking are killed before and after each of their statements.

Its arguments are the public id of a login that may hold tokens, and names of deeds. Each deed has all of its effects
afterwards or none; ``Torn`` is the control.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

from tests.faults.sealing import in_child

LONGEST = 500
State = tuple[object, ...]


def main() -> None:
    django.setup()
    deeds = {deed.__name__: deed for deed in (Mint, Renew, Revoke, Torn)}
    told = {name: killed_at_each_statement(deeds[name](sys.argv[1])) for name in sys.argv[2:]}
    json.dump(told, sys.stdout)


class Deed:
    """What is done, and what of the database it changes, all at once."""

    def __init__(self, login: str) -> None:
        self.login, self.made = login, 0

    def prepare(self) -> None:
        """Make what the next turn is done to."""

    def do(self) -> None:
        raise NotImplementedError

    def state(self) -> State:
        raise NotImplementedError

    def owner(self) -> Any:
        from accounts.models import Login

        return Login.objects.get(public_id=self.login)

    def entries(self, verb: str) -> int:
        from audit.models import Entry

        return Entry.objects.filter(verb=verb).count()

    def mails(self) -> int:
        from accounts.models import OutboxMail

        return OutboxMail.objects.count()


class Mint(Deed):
    def do(self) -> None:
        from tests.token_story import actor
        from tokens import actions
        from tokens.scopes import DEFAULT

        owner = self.owner()
        name = f"Minted {os.getpid()}"
        actions.mint(owner=owner, name=name, seconds=None, scopes=int(DEFAULT), pairs=None, by=actor(owner))

    def state(self) -> State:
        from tokens.models import AccessToken

        made = self.entries("token.create"), self.entries("token.generate"), self.mails()
        return AccessToken.objects.count(), AccessToken.objects.exclude(digest=None).count(), *made


class Renew(Deed):
    token = ""

    def prepare(self) -> None:
        from tests.token_story import created

        if not self.token:
            self.token = created(self.owner(), "Renewed").public_id

    def do(self) -> None:
        from tests.token_story import generated

        generated(self._row())

    def state(self) -> State:
        return self._row().digest, self.entries("token.generate"), self.mails()

    def _row(self) -> Any:
        from tokens.models import AccessToken

        return AccessToken.objects.get(public_id=self.token)


class Revoke(Deed):
    def prepare(self) -> None:
        from tests.token_story import created
        from tokens.models import AccessToken

        if not AccessToken.objects.filter(name__startswith="Ended", revoked_at=None).exists():
            self.made += 1
            created(self.owner(), f"Ended {self.made}")

    def do(self) -> None:
        from tests.token_story import actor
        from tokens import actions
        from tokens.models import AccessToken

        token = AccessToken.objects.get(name__startswith="Ended", revoked_at=None)
        actions.revoke(token=token, by=actor(token.owner))

    def state(self) -> State:
        from tokens.models import AccessToken

        return AccessToken.objects.exclude(revoked_at=None).count(), self.entries("token.revoke")


class Torn(Revoke):
    """A revocation whose entry is written afterwards, in a transaction of its own."""

    def do(self) -> None:
        from django.db import transaction
        from django.utils import timezone

        from audit.verbs import Verb
        from tests.token_story import actor
        from tokens.actions.recording import record_token
        from tokens.models import AccessToken

        token = AccessToken.objects.get(name__startswith="Ended", revoked_at=None)
        AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
        with transaction.atomic():
            record_token(verb=Verb.TOKEN_REVOKE, token=token, by=actor(token.owner))


def killed_at_each_statement(deed: Deed) -> dict[str, Any]:
    """``done`` counts the turns that were killed when all was done already."""
    kills, done, faults = 0, 0, []
    for step in range(1, LONGEST):
        before = looked(deed.prepare, deed)
        was_killed = in_child(lambda step=step: killed_at(step, deed.do))
        after = looked(lambda: None, deed)
        changed = [one != other for one, other in zip(before, after, strict=True)]
        if any(changed) and not all(changed):
            faults.append(f"step {step}: {changed}")
        kills, done = kills + was_killed, done + (was_killed and all(changed))
        if not was_killed:
            break
    return {"kills": kills, "done": done, "faults": faults}


def looked(first: Callable[[], None], deed: Deed) -> State:
    """The state after the first; no connection is left for a child to inherit."""
    from django.db import connections

    try:
        first()
        return deed.state()
    finally:
        connections.close_all()


def killed_at(step: int, do: Callable[[], None]) -> None:
    """Do it and be killed at the step: each statement and each commit has one before it and one after it."""
    from django.db import connection

    left = step

    @contextmanager
    def steps() -> Iterator[None]:
        come()
        yield
        come()

    def come() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(execute: Any, *arguments: Any) -> Any:
        with steps():
            return execute(*arguments)

    commit = connection._commit  # type: ignore[attr-defined]

    def committed() -> None:
        with steps():
            commit()

    connection._commit = committed  # type: ignore[attr-defined]
    with connection.execute_wrapper(wrapped):
        do()


if __name__ == "__main__":
    main()
