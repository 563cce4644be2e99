"""Every deed in the model and in the real thing: it is refused, done and on record exactly as the model says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import assignments, logins, organisations, roles
from accounts.exceptions import Refused
from accounts.models import Attempts, Login
from accounts.pairs import Pair
from accounts.roles import TokenRole
from audit.actor import Actor
from audit.verbs import Verb
from tests.races.model import Jwt, Person, Restriction, Token, end_of
from tests.races.world import World
from tests.token_story import actor, edited
from tokens import actions
from tokens.actions.pending import forget_old_pending
from tokens.admission import Call, NotAdmitted, NotOurs, admit
from tokens.models import AccessToken
from tokens.scopes import Scope
from tokens.verdicts import ADMITTED

OPERATOR = Actor("operator", "command")
CALL = Call(address="192.0.2.7", user_agent="curl/8.5.0", request_id="", method="GET", path="/api/meta")
ROLES = {TokenRole.PERSONAL: "personal", TokenRole.ADMIN: "admin"}
ADDED = {TokenRole.PERSONAL: Verb.ROLE_ADD_PERSONAL, TokenRole.ADMIN: Verb.ROLE_ADD_ADMIN}
REMOVED = {TokenRole.PERSONAL: Verb.ROLE_REMOVE_PERSONAL, TokenRole.ADMIN: Verb.ROLE_REMOVE_ADMIN}
MOMENTS = ("generated_at", "expires_at", "pending_made_at", "pending_expires_at", "first_used_at", "last_used_at")


class Deeds(World):
    """What people, tools and the clock do to the organisation."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, int] = {}

    # --- deeds on tokens ------------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], Any], *, refused: bool) -> Any:
        """What the action gives; None when it is refused, as it must be exactly when the model says so."""
        if not refused:
            return act()
        with pytest.raises(Refused):
            act()
        return None

    def _note(self, verb: Verb, about: Token | Person, result: str = "ok", reason: str = "") -> None:
        self.expected.append((verb.value, result, reason, about.public_id))

    def create(self, who: Person, name: str, *, expiry: str, scopes: int, pairs: Restriction) -> None:
        taken = name in {token.name for token in who.listed}
        outside = pairs is not None and not (pairs and pairs <= frozenset(who.types))
        made = self._do(
            lambda: actions.create(
                owner=self.login(who), name=name, expiry_choice=expiry, scopes=scopes, pairs=pairs, by=actor(self.ada)
            ),
            refused=taken or outside or not who.may_hold,
        )
        if made:
            who.tokens.append(Token(made.public_id, who, name, expiry, scopes, pairs))
            self._note(Verb.TOKEN_CREATE, who.tokens[-1])

    def generate(self, token: Token) -> None:
        shown = self._do(
            lambda: actions.generate(token=self.row(token), by=actor(self.ada)),
            refused=token.revoked or not token.owner.may_hold or not token.reaches(token.pairs),
        )
        if shown:
            day = self.model.day
            token.pending = Jwt(shown.jwt, shown.dialog, token.scopes, token.pairs, day, end_of(token.expiry, day))
            token.jwts.append(token.pending)
            self._note(Verb.TOKEN_SHOW, token)

    def save(self, token: Token, dialog: str) -> None:
        saved = self._do(
            lambda: actions.save(token=self.row(token), dialog=dialog, by=actor(self.ada)),
            refused=not token.owner.may_hold or not self.model.is_savable(token, dialog),
        )
        if saved:
            token.save()
            self._note(Verb.TOKEN_GENERATE, token)

    def cancel(self, token: Token, dialog: str) -> None:
        savable = self.model.is_savable(token, dialog)
        assert actions.discard(token=self.row(token), dialog=dialog, by=actor(self.ada)) == savable
        if savable:
            token.pending = None
            self._note(Verb.TOKEN_DISCARD, token)

    def edit(self, token: Token, **changes: Any) -> None:
        new = {"name": token.name, "expiry": token.expiry, "scopes": token.scopes, "pairs": token.pairs, **changes}
        others = {other.name for other in token.owner.listed if other is not token}
        pairs = new["pairs"]
        outside = pairs != token.pairs and not (
            (pairs is None or pairs <= frozenset(token.owner.types) | (token.pairs or frozenset()))
            and token.reaches(pairs)
        )
        done = self._do(
            lambda: edited(
                self.row(token), self.ada, name=new["name"], expiry_choice=new["expiry"], scopes=new["scopes"],
                pairs=pairs,
            ),
            refused=token.revoked or new["name"] in others or outside,
        )  # fmt: skip
        if done and token.edit(**new):
            self._note(Verb.TOKEN_UPDATE, token)

    def revoke(self, token: Token) -> None:
        if self._do(lambda: actions.revoke(token=self.row(token), by=actor(self.ada)), refused=token.revoked):
            token.revoked, token.pending = True, None
            self._note(Verb.TOKEN_REVOKE, token)

    def call(self, token: Token, jwt: Jwt, scope: Scope) -> None:
        """A real call, which counts as a use and is on record either way."""
        expected, told = self.model.verdict(token, jwt, scope), told_to_a_call(jwt.text, scope)
        assert told == expected, (token, jwt, scope)
        if told == ADMITTED:
            token.used = True
            self._note(Verb.TOKEN_AUTHENTICATE, token)
        elif told is not None:
            self._note(Verb.TOKEN_AUTHENTICATE, token, "fail", told)
            self._forget_refusals(token)

    def _forget_refusals(self, token: Token) -> None:
        """A flood of them would be summed up, which is another test's business."""
        self.failures[token.public_id] = self.failures.get(token.public_id, 0) + 1
        if self.failures[token.public_id] % 40 == 0:
            Attempts.objects.filter(key__contains=token.public_id).delete()

    # --- deeds on logins ------------------------------------------------------------------------------------------

    def set_enabled(self, who: Person, *, enabled: bool) -> None:
        act = logins.enable if enabled else logins.disable
        if self._do(lambda: act(login=self.login(who), by=actor(self.ada)), refused=self.model.suspended):
            if who.enabled != enabled:
                self._note(Verb.LOGIN_ENABLE if enabled else Verb.LOGIN_DISABLE, who)
            who.enabled = enabled

    def set_role(self, who: Person, role: TokenRole, *, held: bool) -> None:
        act = roles.add_role if held else roles.remove_role
        wrong = held and (who.is_view_only or (role is TokenRole.ADMIN and not who.is_owner))
        if self._do(
            lambda: act(login=self.login(who), role=role, by=actor(self.ada)), refused=wrong or self.model.suspended
        ):
            if getattr(who, ROLES[role]) != held:
                self._note((ADDED if held else REMOVED)[role], who)
            setattr(who, ROLES[role], held)

    def set_type(self, who: Person, slug: str) -> None:
        places = {None} if slug == "owner" else {pair.department_id for pair in who.types}
        after = {Pair(self.types[slug], place): slug for place in places}
        same = after == who.types
        if self._do(
            lambda: roles.set_user_type(login=self.login(who), slug=slug, by=actor(self.ada)),
            refused=self.model.suspended and not same,
        ) and not same:  # fmt: skip
            self._retype(who, Verb.LOGIN_SET_TYPE, after)

    def assign(self, who: Person, pairs: frozenset[Pair]) -> None:
        same = pairs == frozenset(who.types)
        if self._do(
            lambda: assignments.assign(login=self.login(who), pairs=pairs, by=actor(self.ada)),
            refused=self.model.suspended and not same,
        ) and not same:  # fmt: skip
            self._retype(who, Verb.LOGIN_ASSIGN, {pair: self.slugs[pair.user_type_id] for pair in pairs})

    def _retype(self, who: Person, verb: Verb, types: dict[Pair, str]) -> None:
        who.types = types
        self._note(verb, who)
        for role, ends in {TokenRole.PERSONAL: who.is_view_only, TokenRole.ADMIN: not who.is_owner}.items():
            if ends and getattr(who, ROLES[role]):
                setattr(who, ROLES[role], False)
                self._note(REMOVED[role], who, reason="user_type")

    def end_login(self, who: Person, *, ended: bool) -> None:
        """Its last day passes, or is moved: by the row, because the database's clock decides."""
        Login.objects.filter(public_id=who.public_id).update(expires_at=timezone.now() if ended else None)
        who.ended = ended

    def delete(self, who: Person) -> None:
        login, refused = self.login(who), self.model.suspended
        self._do(lambda: logins.delete_login(login=login, by=actor(self.ada)), refused=refused)
        if not refused:
            for token in who.listed:
                token.revoked = True
                self._note(Verb.TOKEN_REVOKE, token)
            who.deleted = True
            self._note(Verb.LOGIN_DELETE, who)

    # --- deeds on the whole ---------------------------------------------------------------------------------------

    def set_suspended(self, *, suspended: bool) -> None:
        act = organisations.suspend_organisation if suspended else organisations.resume_organisation
        if act(organisation=self.organisation, by=OPERATOR) != (self.model.suspended != suspended):
            raise AssertionError(f"suspended is {suspended} otherwise than the model says")
        if self.model.suspended != suspended:
            verb = Verb.ORGANISATION_SUSPEND if suspended else Verb.ORGANISATION_RESUME
            self.expected.append((verb.value, "ok", "", self.organisation.reference.id))
        self.model.suspended = suspended

    def pass_days(self, days: int) -> None:
        """The clock goes on: every moment of every token moves back."""
        for row in AccessToken.objects.of_organisation(self.organisation.pk):
            moments = {name: getattr(row, name) for name in MOMENTS}
            moved = {name: at - timedelta(days=days) for name, at in moments.items() if at is not None}
            AccessToken.objects.filter(pk=row.pk).update(**moved)
        self.model.day += days

    def sweep(self) -> None:
        """The clean-up empties slots whose time is over."""
        forget_old_pending()
        for token in self.model.tokens:
            if token.pending and token.pending.day != self.model.day:
                token.pending = None


def told_to_a_call(text: str, scope: Scope) -> str | None:
    """The verdict; None when the string is nobody's."""
    try:
        admit(text.encode(), scope=scope, call=CALL)
    except NotOurs:
        return None
    except NotAdmitted as refusal:
        return refusal.verdict.value
    return ADMITTED
