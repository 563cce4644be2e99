"""Pages of rows: by number with a capped count for people and tokens, by key for logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils.formats import number_format

from audit.short_reading import TakesTooLong, short_reading

COUNT_CAP = 10_000
SIZES = (25, 50, 100)
NUMBERED_SIZE, KEYED_SIZE = 25, 50
GREATEST_KEY = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of rows; ``previous`` and ``next`` are the parameters of its neighbours' addresses, if it has them.

    One that ``is_late`` has no rows because the database would have had to read too much for them.
    """

    rows: Sequence[Any]
    size: int
    previous: dict[str, int] | None
    next: dict[str, int] | None
    start: int = 0
    total: int | None = None
    is_late: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    @property
    def total_text(self) -> str:
        return "" if self.total is None else count_text(self.total)


def count_text(count: int) -> str:
    """A count for the screen, capped: "10,000+"."""
    text = number_format(min(count, COUNT_CAP), force_grouping=True)
    return f"{text}+" if count > COUNT_CAP else text


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows there are; one more than the cap stands for "more". What they show is not worked out for it."""
    return rows.order_by().values("pk")[: COUNT_CAP + 1].count()


def page_size(parameters: QueryDict, *, default: int) -> int:
    wanted = whole_number(parameters.get("size"))
    return wanted if wanted in SIZES else default


def whole_number(text: str | None) -> int | None:
    """A bounded number of an address; anything else is none. Only plain digits count."""
    if text and len(text) <= 19 and text.isascii() and text.isdigit():
        return min(int(text), GREATEST_KEY)
    return None


def page_in_time(rows: QuerySet[Any], parameters: QueryDict, *, keyset: bool) -> Page:
    """A page by key or by number; an empty one when it takes too long."""
    try:
        with short_reading():
            return keyed_page(rows, parameters) if keyset else numbered_page(rows, parameters)
    except TakesTooLong:
        size = page_size(parameters, default=KEYED_SIZE if keyset else NUMBERED_SIZE)
        return Page(rows=[], size=size, previous=None, next=None, is_late=True)


def numbered_page(rows: QuerySet[Any], parameters: QueryDict) -> Page:
    """The page that the address asks for, or the nearest that exists."""
    size = page_size(parameters, default=NUMBERED_SIZE)
    total = capped_count(rows)
    last = max(1, -(-min(total, COUNT_CAP) // size))
    number = min(max(whole_number(parameters.get("page")) or 1, 1), last)
    first = (number - 1) * size
    return Page(
        rows=list(rows[first : first + size]),
        size=size,
        start=first + 1,
        total=total,
        previous={"page": number - 1} if number > 1 else None,
        next={"page": number + 1} if number < last else None,
    )


def keyed_page(rows: QuerySet[Any], parameters: QueryDict) -> Page:
    """Newest first, without a count: the rows before a key, or those just after it.

    Rows ordered by a moment and the key (``-at``, ``-pk``) are paged in that order, others by the key alone.
    """
    size = page_size(parameters, default=KEYED_SIZE)
    after = whole_number(parameters.get("after"))
    before = whole_number(parameters.get("before"))
    if after is not None:
        found = list(beyond(rows, after, newer=True)[: size + 1])
        newer, older = len(found) > size, True
        found = found[:size][::-1]
    else:
        chosen = newest_first(rows) if before is None else beyond(rows, before, newer=False)
        found = list(chosen[: size + 1])
        newer, older = before is not None, len(found) > size
        found = found[:size]
    if not found:
        return Page(rows=[], size=size, previous=None, next=None)
    return Page(
        rows=found,
        size=size,
        previous={"after": found[0].pk} if newer else None,
        next={"before": found[-1].pk} if older else None,
    )


def newest_first(rows: QuerySet[Any]) -> QuerySet[Any]:
    """In the rows' own order, when they have one; else by key."""
    return rows if rows.query.order_by else rows.order_by("-pk")


def beyond(rows: QuerySet[Any], key: int, *, newer: bool) -> QuerySet[Any]:
    """The rows on one side of the row with this key, the nearest first; of its moment in the rows' own order.

    Whoever asks may not see that row, and there may be none: the moment is that of the last one that is there.
    """
    side, sign = ("gt", "") if newer else ("lt", "-")
    field = str(newest_first(rows).query.order_by[0]).removeprefix("-")
    if field == "pk":
        return rows.filter(**{f"pk__{side}": key}).order_by(f"{sign}pk")
    until = rows.model._default_manager.filter(pk__lte=key).order_by("-pk")
    if not until.exists():  # older than everything
        return rows.order_by(field, "pk") if newer else rows.none()
    # Compared in the database: SQLite keeps fewer digits of a moment than Python writes back.
    moment = Subquery(until.values(field)[:1])
    # The first condition is implied by the second; it is the one that an index on the moment can use.
    near = Q(**{f"{field}__{side}e": moment})
    strictly = Q(**{f"{field}__{side}": moment}) | Q(**{field: moment, f"pk__{side}": key})
    return rows.filter(near & strictly).order_by(f"{sign}{field}", f"{sign}pk")
