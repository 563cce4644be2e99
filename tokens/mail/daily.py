"""The mail that tells System Administrators each morning what the day before was like."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mail import enqueue
from accounts.models import Login
from audit.grids.moments import long_moment_text, number_text, weekday_text
from audit.models import Checkpoint, Entry, Head
from tokens.day_summary import Day, Some, Summary
from tokens.entry_words import REASONS, channel_text
from tokens.mail.readers import address_of, in_words_of
from tokens.models import AccessToken
from tokens.overview import mail_notes


@dataclass(frozen=True)
class Section:
    """A heading, and a line for each thing under it."""

    title: str
    lines: list[str]


def tell_day(reader: Login, day: Day, summary: Summary) -> None:
    """Queue the mail about the day to a System Administrator, in the reader's language; the day is of their zone."""
    organisation = reader.organisation
    with in_words_of(reader):
        words = {"organisation": organisation.name, "day": weekday_text(day.date)}
        context = {
            "reader": reader,
            "organisation": organisation,
            "day": day,
            "calls": _calls(summary),
            "sections": [section for section in _sections(reader, summary) if section.lines],
            **_seal(),
            "home_url": settings.PUBLIC_URL + reverse("home"),
            "settings_url": settings.PUBLIC_URL + reverse("tokens:organisation"),
        }
        subject = _("%(organisation)s on %(day)s") % words
        body = render_to_string("tokens/mail/daily.txt", context)
    enqueue(organisation=organisation, to=address_of(reader), subject=subject, body=body)


def _seal() -> dict[str, Any]:
    """The newest signed checkpoint, as it is, and the line that its readers verify it with."""
    return {"checkpoint": Checkpoint.objects.order_by("-id").first(), "head": Head.objects.first()}


def _calls(summary: Summary) -> list[str]:
    admitted, refused = summary.admitted, summary.refused
    lines = [
        ngettext("%(count)s call was admitted.", "%(count)s calls were admitted.", admitted),
        ngettext("%(count)s call was refused.", "%(count)s calls were refused.", refused),
    ]
    return [line % {"count": number_text(count)} for line, count in zip(lines, (admitted, refused), strict=True)]


def _sections(reader: Login, summary: Summary) -> Iterable[Section]:
    refusals = _lines(summary.refusals, lambda row: f"{REASONS.get(row[0], row[0])}: {number_text(row[1])}")
    yield Section(_("Why calls were refused"), refusals)
    yield Section(_("Access tokens that end within 7 days"), _lines(summary.ending, _ending))
    yield Section(_("Access tokens whose newest call was refused"), _lines(summary.failing, _failing))
    yield Section(_("Changes of rights"), _lines(summary.rights, _right))
    yield Section(_("Access tokens that nobody seems to need"), [_idle(summary.idle)] if summary.idle else [])
    yield Section(_("Mail"), mail_notes(reader.organisation))


def _lines(some: Some[Any], line: Any) -> list[str]:
    lines = [line(row) for row in some.rows]
    if some.others:
        others = ngettext("And %(number)s other.", "And %(number)s others.", some.others)
        lines.append(others % {"number": number_text(some.others)})
    return lines


def _ending(token: AccessToken) -> str:
    end = token.expires_at
    words = {"name": token.name, "owner": token.owner.label, "moment": long_moment_text(end) if end else ""}
    return _("%(name)s, of %(owner)s: %(moment)s") % words


def _failing(token: AccessToken) -> str:
    reason = getattr(token, "newest_reason", "")
    words = {"name": token.name, "owner": token.owner.label, "reason": REASONS.get(reason, reason)}
    return _("%(name)s, of %(owner)s: %(reason)s") % words


def _right(entry: Entry) -> str:
    words = {
        "moment": long_moment_text(entry.at),
        "change": entry.verb_label,
        "subject": entry.subject_label or entry.subject_id,
        "actor": entry.actor_label or channel_text(entry.channel),
    }
    return _("%(moment)s: %(change)s, %(subject)s, by %(actor)s") % words


def _idle(count: int) -> str:
    told = ngettext(
        "%(count)s access token that never expires was not used for 90 days.",
        "%(count)s access tokens that never expire were not used for 90 days.",
        count,
    )
    return told % {"count": number_text(count)}
