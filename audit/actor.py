"""Who acts, through what, and on what: plain values that an entry is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program behind an action, as known at that moment.

    ``id`` and ``label`` are the public id and the readable name; ``channel`` is one of ``console``, ``api``,
    ``command``, ``worker`` and ``demo``; the rest describes the request, empty where there is none.
    """

    label: str
    channel: str
    id: str = ""
    organisation_id: int | None = None
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    method: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A thing as an entry names it: by value, so that deleting the thing changes no history."""

    kind: str
    id: str
    label: str
