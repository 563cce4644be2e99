"""The login of a row: what a new one would be, and what would change of one that is there."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts.drafts import LoginDraft
from accounts.exceptions import Refused
from accounts.imports import words
from accounts.imports.present import Present
from accounts.imports.subjects import RowRefused, Subject, refuse
from accounts.kinds import LoginKind
from accounts.models import Login
from accounts.pairs import Pair
from accounts.placing import Place, against_changing
from accounts.rules.logins import against_disabling, against_expiring, against_losing, against_setting_sso
from accounts.rules.managing import against_managing
from accounts.rules.people import end_of_day, login_refusals

Changes = list[tuple[str, str, str]]


class LoginCheck:
    """Reads the cells of a login's columns and asks the rules; raises ``RowRefused``."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self.manager = present.manager

    def new(self, subject: Subject) -> tuple[LoginDraft, dict[Pair, Place]]:
        row, organisation = subject.first, self.present.organisation
        time_zone = row["time_zone"] or organisation.time_zone
        places = words.places_of(subject, self.present)
        draft = LoginDraft.cleaned(
            user_name=row.user_name,
            email=row["login_email"] or row["email"],
            kind=words.kind_of(row) if row["kind"] else LoginKind.PERSON,
            enabled=words.truth_of(row, "enabled") if row["enabled"] else True,
            language=words.language_of(row) if row["language"] else organisation.language,
            time_zone=time_zone,
            expires_at=end_of_day(words.day_in(row), time_zone),
            pairs=places,
        )
        if not places:
            raise RowRefused(("user_type", "", _("A new login needs a user type.")))
        changing = against_changing(self.manager, before=frozenset(), after=draft.pairs, places=places)
        refuse(subject, [*login_refusals(draft, asks_names=False), changing])
        return draft, places

    def changed(self, subject: Subject, login: Login) -> tuple[LoginDraft, dict[Pair, Place], Changes]:
        """The login as the row wants it: the assignments that will be, and each column that differs."""
        row = subject.first
        draft = self._draft(subject, login)
        seen = self.present.seen_assignments(login)
        held = {item.pair: Place(item.user_type, item.department) for item in login.assignments_now}
        said = words.places_of(subject, self.present)
        kept = {pair: place for pair, place in held.items() if pair not in {item.pair for item in seen}}
        places = {**kept, **said} if said else held
        draft = replace(draft, pairs=frozenset(places))
        changes = [change for change in self._differences(login, draft) if change[1] != change[2]]
        if draft.pairs != login.pairs:
            paths = self.present.paths
            after = [place for pair, place in places.items() if pair not in kept]
            changes.append(
                ("user_type", words.assignments_text(seen, paths), words.assignments_text(after, paths)),
            )
        if changes:
            self._ask(subject, login, draft, {**held, **places}, row.user_name)
        return draft, places, changes

    def _draft(self, subject: Subject, login: Login) -> LoginDraft:
        """A blank cell of a text that may be blank empties it; of the others it leaves what is there."""
        row = subject.first
        time_zone = row["time_zone"] or login.time_zone
        day = words.day_in(row)
        keeps_end = not subject.has("expires_on") or (day.isoformat() if day else "") == words.day_text(login)
        return LoginDraft.cleaned(
            user_name=login.user_name,
            email=row["login_email"] or login.email,
            kind=words.kind_of(row) if row["kind"] else login.kind,
            enabled=words.truth_of(row, "enabled") if row["enabled"] else login.enabled,
            language=words.language_of(row) if row["language"] else login.language,
            time_zone=time_zone,
            expires_at=login.expires_at if keeps_end else end_of_day(day, time_zone),
        )

    def _differences(self, login: Login, draft: LoginDraft) -> Changes:
        last = words.day_text(login)
        after = Login(expires_at=draft.expires_at, time_zone=draft.time_zone)
        ends = last if draft.expires_at == login.expires_at else words.day_text(after)
        return [
            ("login_email", login.email, draft.email),
            ("kind", words.KIND_NAMES[login.kind], words.KIND_NAMES[draft.kind]),
            ("enabled", words.yes_or_no(login.enabled), words.yes_or_no(draft.enabled)),
            ("expires_on", last, ends),
            ("language", login.language, draft.language),
            ("time_zone", login.time_zone, draft.time_zone),
        ]

    def _ask(self, subject: Subject, login: Login, draft: LoginDraft, places: dict[Pair, Place], name: str) -> None:
        """What the actions would refuse: each rule is the one that they ask."""
        by_id = self.manager.public_id
        owner_stays = any(places[pair].user_type.is_owner for pair in draft.pairs)
        refusals: list[Refused | None] = [
            against_managing(self.manager, login),
            *login_refusals(draft, besides=login, asks_names=False),
            against_expiring(login, draft.expires_at, by_id),
            against_changing(self.manager, before=login.pairs, after=draft.pairs, places=places)
            if draft.pairs != login.pairs
            else None,
            against_losing(login) if login.is_system_administrator and not owner_stays else None,
            against_disabling(login, by_id) if login.enabled and not draft.enabled else None,
            self._against_kind(login, draft.kind, by_id),
        ]
        refuse(subject, refusals)

    def _against_kind(self, login: Login, kind: LoginKind, by_id: str) -> Refused | None:
        if kind is login.kind:
            return None
        if LoginKind.SERVICE in {kind, login.kind}:
            return Refused("kind", _("A service login stays one, and no other becomes one. Create a new login."))
        return against_setting_sso(login, by_id)
