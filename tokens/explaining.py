"""One entry of the ledger, told to a person: what happened, what changed, why it was refused and what to do now."""

from dataclasses import dataclass
from functools import cached_property

from accounts.models import Login
from audit.diffs import Difference, Fact
from audit.grids.tags import Tag
from audit.models import Entry
from audit.tables import actor_text, personal_text, scheme_text
from audit.tools import tool_of
from audit.verbs import Result, Verb
from tokens.activity import outcome_tag, subject_of, subject_text
from tokens.entry_places import places_of
from tokens.entry_words import channel_text, kind_text, reading, reason_text
from tokens.verdicts import Verdict, way_out


@dataclass(frozen=True)
class Explained:
    """An entry as its page and the search tell it to ``viewer``."""

    entry: Entry
    viewer: Login

    @property
    def title(self) -> str:
        return f"{self.entry.verb_label}: {self.name}" if self.name else self.entry.verb_label

    @property
    def name(self) -> str:
        return subject_text(self.entry)

    @property
    def kind(self) -> str:
        return kind_text(subject_of(self.entry)[0])

    @property
    def id(self) -> str:
        return subject_of(self.entry)[1]

    @property
    def place(self) -> str:
        """Where the thing's page is; nothing where it is gone or not the viewer's business."""
        return self.places.get(subject_of(self.entry), "")

    @property
    def owner_place(self) -> str:
        return self.places.get(("login", self.entry.owner_id), "")

    @property
    def actor_place(self) -> str:
        return self.places.get(("login", self.entry.actor_id), "")

    @cached_property
    def places(self) -> dict[tuple[str, str], str]:
        entry = self.entry
        keys = {subject_of(entry), ("login", entry.owner_id), ("login", entry.actor_id)}
        return places_of({key for key in keys if all(key)}, self.viewer)

    @property
    def tag(self) -> Tag:
        return outcome_tag(self.entry)

    @property
    def has_failed(self) -> bool:
        return self.entry.result == Result.FAIL

    @property
    def reason(self) -> str:
        return reason_text(self.entry) if self.entry.reason else ""

    @property
    def way_out(self) -> str:
        """What to do about a refused call; nothing for what the reason itself says."""
        if not self.has_failed or self.entry.reason not in Verdict.values:
            return ""
        return str(way_out(Verdict(self.entry.reason), "mobile" if self.entry.token_id.startswith("mob_") else "token"))

    @property
    def actor(self) -> str:
        return actor_text(self.entry)

    @property
    def channel(self) -> str:
        return channel_text(self.entry.channel)

    @property
    def sent_as(self) -> str:
        return scheme_text(self.entry.scheme)

    @property
    def tool(self) -> str:
        found = self.entry.user_agent
        return tool_of(found) if found else personal_text(self.entry, found)

    @property
    def address(self) -> str:
        return personal_text(self.entry, self.entry.address)

    @property
    def owner(self) -> str:
        return personal_text(self.entry, self.entry.owner_label)

    @property
    def is_call(self) -> bool:
        return self.entry.verb == Verb.TOKEN_AUTHENTICATE

    @cached_property
    def differences(self) -> list[Difference]:
        return reading(self.entry).differences

    @cached_property
    def has_before(self) -> bool:
        return reading(self.entry).has_before

    @cached_property
    def facts(self) -> list[Fact]:
        return reading(self.entry).facts
