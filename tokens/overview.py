"""What Home tells administrators: numbers that are links, whether calls get worse, and whether mail gets through."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.filters.people import BLOCKED, EXPIRED, INVITED, ContactFilters
from accounts.models import Contact, Login, Organisation, OutboxMail
from accounts.permissions import Permission
from audit.grids.moments import number_text
from audit.grids.paging import capped_count, count_text
from audit.grids.words import Text
from tokens.attention import Attention
from tokens.daily import Daily, calls_of_organisation, calls_of_tokens
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet

EXPIRING = timedelta(days=30)
GIVEN_UP = timedelta(days=7)
WAITING = timedelta(minutes=15)


@dataclass(frozen=True)
class Figure:
    """A number and the list that it counts."""

    label: Text
    count: int
    words: Text
    href: str
    is_bad: bool = False

    @property
    def text(self) -> str:
        return count_text(self.count)


@dataclass(frozen=True)
class FirstStep:
    """One of the steps from an empty organisation to the first call."""

    title: Text
    words: Text
    href: str
    is_done: bool


def attention_figures(tokens: AccessTokenQuerySet, failing: int) -> list[Figure]:
    """Of the organisation's API tokens, of which so many are failing; each number is that of the grid it leads to."""
    words = {
        Attention.FAILING: _("refused in the last 24 hours"),
        Attention.ENDS_SOON: _("in 30 days"),
        Attention.NEVER_USED: _("generated, then no call"),
        Attention.IDLE: _("no call for 90 days"),
        Attention.NEVER_EXPIRES: _("valid until revoked"),
    }
    labels = {
        Attention.FAILING: _("Failing now"),
        Attention.ENDS_SOON: _("Expiring soon"),
        Attention.NEVER_USED: _("Never used"),
        Attention.IDLE: _("Idle"),
        Attention.NEVER_EXPIRES: _("Never expiring"),
    }
    counts = {**tokens.count_valid_jwts(), Attention.FAILING: failing}
    return [
        Figure(
            labels[attention],
            counts[attention],
            words[attention],
            f"{reverse('tokens:all')}?{urlencode({'attention': attention.value})}",
            is_bad=attention is Attention.FAILING and counts[attention] > 0,
        )
        for attention in words
    ]


def people_figures(request: HttpRequest, viewer: Login) -> list[Figure]:
    """Logins that may need a hand, as far as the viewer sees them; by the filters of Contacts & Logins themselves."""
    rows = Contact.objects.with_logins(viewer)
    filters = ContactFilters(QueryDict(), queryset=rows, request=request)
    today = timezone.localdate()
    dates = urlencode({"expires_at_from": today.isoformat(), "expires_at_to": (today + EXPIRING).isoformat()})
    ending = ContactFilters(QueryDict(dates), queryset=rows, request=request).qs
    labels = {
        INVITED: (_("Invited"), _("not activated yet")),
        BLOCKED: (_("Blocked"), _("too many wrong passwords")),
        EXPIRED: (_("Expired"), _("can no longer sign in")),
    }
    contacts = reverse("accounts:contacts")
    found = [
        Figure(label, capped_count(filters.by_enabled(rows, "enabled", value)), words, f"{contacts}?enabled={value}")
        for value, (label, words) in labels.items()
    ]
    soon = Figure(_("Expiring soon"), capped_count(ending), _("in 30 days"), f"{contacts}?{dates}")
    return [*found[:2], soon, found[2]]


def calls_in_reach(viewer: Login, days: int) -> Daily:
    """The calls that the viewer's ``log:view`` reaches: the organisation's, or those of tokens in some departments."""
    reach = viewer.reach(Permission.LOG_VIEW)
    if reach is None:
        return calls_of_organisation(viewer.organisation_id, days)
    return calls_of_tokens(viewer.organisation_id, AccessToken.objects.of_departments(reach), days)


def mail_notes(organisation: Organisation) -> list[str]:
    """What keeps mail from its readers; nothing when all is well."""
    notes, now = [], timezone.now()
    if getattr(settings, "EMAIL_FILE_PATH", None):
        notes.append(_("Mail is written to files on the server and reaches nobody: no mail server is set (EMAIL_URL)."))
    mails = OutboxMail.objects.filter(organisation=organisation)
    if given_up := mails.filter(given_up_at__gt=now - GIVEN_UP).count():
        told = ngettext(
            "%(count)s mail of the last 7 days could not be delivered and was given up.",
            "%(count)s mails of the last 7 days could not be delivered and were given up.",
            given_up,
        )
        notes.append(told % {"count": number_text(given_up)})
    if waiting := mails.waiting().filter(created_at__lt=now - WAITING).count():
        told = ngettext(
            "%(count)s mail has waited for the mail server for more than 15 minutes.",
            "%(count)s mails have waited for the mail server for more than 15 minutes.",
            waiting,
        )
        notes.append(told % {"count": number_text(waiting)})
    return notes


def first_steps(organisation_id: int) -> list[FirstStep]:
    """The way to the first call; nothing where a token of the organisation was used already."""
    tokens = AccessToken.objects.of_organisation(organisation_id)
    if tokens.exclude(first_used_at=None).exists():
        return []
    logins = Login.objects.of_organisation(organisation_id)
    return [
        FirstStep(
            _("Create people"),
            _("A contact and a login for everyone who needs one. A service login for each integration."),
            reverse("accounts:contacts"),
            logins.count() > 1,
        ),
        FirstStep(
            _("Give the Personal role"),
            _("In the Actions of a login: Add Personal Role for API Tokens. It acts at once."),
            reverse("accounts:contacts"),
            logins.filter(has_personal_role=True).exists(),
        ),
        FirstStep(
            _("Create and generate a token"),
            _("One for each tool. The JWT is shown once, when it is generated."),
            reverse("tokens:all"),
            tokens.exclude(generated_at=None).exists(),
        ),
        FirstStep(
            _("Connect the tool"),
            _("curl, Excel, Power BI, Postman, Python: step by step."),
            reverse("tokens:how_to_use"),
            False,
        ),
    ]
