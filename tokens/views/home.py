"""Home: what wants attention first, whether it gets worse, and the next step; to each person what they may see."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import (
    may_create_own_tokens,
    may_hold_own_tokens,
    may_manage_tokens_of_others,
    signed_in,
    viewer_of,
)
from accounts.last_sign_in import last_sign_in
from accounts.models import Login
from accounts.permissions import Permission
from accounts.sessions import PUBLIC_ID
from audit.grids.heads import HeadAction, PageHead
from audit.grids.moments import moment_in_sentence, weekday_text
from audit.grids.paging import COUNT_CAP
from audit.models import Entry
from audit.plots import Plot
from audit.trends import trend
from tokens.activity import subject_text
from tokens.daily import Daily, calls_of_tokens
from tokens.desk import Desk
from tokens.failures import failures_of
from tokens.models import AccessToken
from tokens.overview import attention_figures, calls_in_reach, first_steps, mail_notes, people_figures
from tokens.statuses import Status
from tokens.tables import status_tag
from tokens.tasks import own_tasks, tasks_of_others

DAYS = 30
SHOWN = 5


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    context = {
        "head": head_of(viewer, request.session.get(PUBLIC_ID, "")),
        "holds_tokens": may_hold_own_tokens(viewer),
        "may_create": may_create_own_tokens(viewer),
        **(tokens_of_others(viewer) if may_manage_tokens_of_others(viewer) else {}),
        **(people(request, viewer) if viewer.holds(Permission.CONTACT_VIEW) else {}),
        **(calls(viewer) if viewer.holds(Permission.LOG_VIEW) else {}),
        **(organisation(viewer) if viewer.holds(Permission.ORGANISATION_MANAGE) else {}),
        **(own_tokens(viewer) if may_hold_own_tokens(viewer) else {}),
        **whom_to_ask(viewer),
    }
    return render(request, "tokens/home.html", context)


def head_of(viewer: Login, session: str) -> PageHead:
    """The day, the zone, and when the person came last: somebody else's visit is seen here first."""
    day = {"day": weekday_text(timezone.localtime()), "zone": timezone.get_current_timezone_name()}
    sentence = _("%(day)s, times in %(zone)s.") % day
    last = last_sign_in(viewer, session)
    if last.at:
        words = {**day, "when": moment_in_sentence(last.at), "address": last.address or "–"}
        sentence = _("%(day)s, times in %(zone)s. You last signed in %(when)s, from %(address)s.") % words
    if last.refused:
        sentence = f"{sentence} {last.refused_text}"
    return PageHead(title=_("Home"), sentence=sentence, actions=head_actions(viewer))


def head_actions(viewer: Login) -> tuple[HeadAction, ...]:
    if not may_create_own_tokens(viewer):
        return ()
    create = reverse("tokens:create")
    return (HeadAction(label=_("Create New"), href=create, icon="plus", kind="primary", dialog=True),)


def tokens_of_others(viewer: Login) -> dict[str, Any]:
    tokens = AccessToken.objects.of_organisation(viewer.organisation_id).listed()
    failing = list(tokens.failing().values_list("pk", flat=True)[: COUNT_CAP + 1])
    return {
        "manages": True,
        "figures": attention_figures(tokens, len(failing)),
        "tasks": tasks_of_others(tokens, failing),
    }


def people(request: HttpRequest, viewer: Login) -> dict[str, Any]:
    return {"people": people_figures(request, viewer)}


def calls(viewer: Login) -> dict[str, Any]:
    """The plot, and what people did last; of an organisation in parts the plot alone."""
    daily = calls_in_reach(viewer, 2 * DAYS)
    whole = viewer.reach(Permission.LOG_VIEW) is None
    entries = Entry.objects.of_organisation(viewer.organisation_id).changes().newest_first()
    changes = [{"entry": entry, "subject": subject_text(entry)} for entry in entries[:SHOWN]] if whole else []
    return {
        **plot(daily),
        "trend": trends(daily),
        "changes": changes,
        "failures_url": f"{reverse('tokens:all_logs')}?result=fail",
    }


def organisation(viewer: Login) -> dict[str, Any]:
    return {"mail_notes": mail_notes(viewer.organisation), "steps": first_steps(viewer.organisation_id)}


def own_tokens(viewer: Login) -> dict[str, Any]:
    """How many tokens there are in each state, which end next, why calls failed, and what to do."""
    owned = Desk(owner=viewer, viewer=viewer, own=True).tokens
    tokens = list(owned.order_by("expires_at", "id"))
    counts = dict.fromkeys((Status.ACTIVE, Status.INACTIVE, Status.NOT_GENERATED, Status.EXPIRED), 0)
    for token in tokens:
        counts[token.status] += 1
    valid = [token for token in tokens if token.expires_at is not None and token.expires_at > timezone.now()]
    entries = Entry.objects.of_organisation(viewer.organisation_id).of_tokens(owned)
    own_daily = {} if viewer.holds(Permission.LOG_VIEW) else plot(calls_of_tokens(viewer.organisation_id, owned, DAYS))
    return {
        "own_tasks": own_tasks(owned),
        "counts": [{"status": status, "count": count} for status, count in counts.items()],
        "next": [{"token": token, "tag": status_tag(token)} for token in valid[:SHOWN]],
        "failures": failures_of(entries)[:SHOWN],
        "has_tokens": bool(tokens),
        **({"own_plot": True, **own_daily} if own_daily else {}),
    }


def plot(daily: Daily) -> dict[str, Any]:
    return {"plot": Plot(daily.last(DAYS).days), "daily": daily.last(DAYS)}


def trends(daily: Daily) -> list[str]:
    """Compared with the time before, where both are counted whole."""
    return trend(daily.days[-DAYS:], daily.days[:-DAYS]) if daily.is_whole else []


def whom_to_ask(viewer: Login) -> dict[str, Any]:
    """Who can give the role that is missing, if one is."""
    lacks_admin_role = viewer.is_system_administrator and not may_manage_tokens_of_others(viewer)
    if may_hold_own_tokens(viewer) and not lacks_admin_role:
        return {}
    administrators = Login.objects.can_grant_roles(viewer.organisation_id).order_by("contact__first_name", "pk")
    return {
        "lacks_admin_role": lacks_admin_role,
        "is_view_only": viewer.is_view_only,
        "administrators": list(administrators),
    }
