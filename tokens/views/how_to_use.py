"""How to use an API access token: five tools step by step for this console, and what each refusal means."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import may_create_own_tokens, may_hold_own_tokens, signed_in, viewer_of
from audit.grids.heads import HeadAction, PageHead
from tokens.reports.readable import readable_reports
from tokens.reports.registry import reports
from tokens.verdicts import WAYS_OUT, Verdict

OF_MOBILE = {
    Verdict.SESSION_ENDED, Verdict.PASSWORD_CHANGED, Verdict.VIEW_ONLY, Verdict.REUSED, Verdict.SIGN_IN_REFUSED,
}  # fmt: skip
STATUSES = {Verdict.SCOPE_MISSING: 403, Verdict.TOO_MANY_CALLS: 429}
TOOLS = (
    ("curl", "curl"),
    ("excel", "Excel"),
    ("power-bi", "Power BI"),
    ("postman", "Postman"),
    ("python", "Python"),
)


@dataclass(frozen=True)
class Trouble:
    """One refusal: the status that a tool shows, the reason's words, and the way out."""

    status: int
    reason: str | Promise
    remedy: str | Promise
    code: str = ""


@signed_in
@require_safe
def how_to_use(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    readable = readable_reports(viewer, viewer.pairs)
    context: dict[str, Any] = {
        "head": head_of(may_create=may_create_own_tokens(viewer)),
        "holds_tokens": may_hold_own_tokens(viewer),
        "host": settings.PUBLIC_URL,
        "tenant": viewer.organisation_id,
        "reports": readable,
        "report": readable[0] if readable else next(iter(reports())),
        "tools": TOOLS,
        "troubles": troubles(),
    }
    return render(request, "tokens/how_to_use.html", context)


def head_of(*, may_create: bool) -> PageHead:
    docs = HeadAction(label=_("API documentation"), href=reverse("docs"), kind="link")
    create = HeadAction(label=_("Create New"), href=reverse("tokens:create"), icon="plus", kind="primary", dialog=True)
    return PageHead(
        title=_("How to use an API access token"),
        sentence=_("From a new token to the first rows in the tool that you use. It takes a few minutes."),
        actions=(docs, create) if may_create else (docs,),
    )


def troubles() -> list[Trouble]:
    """Every reason that a call with a token can be refused for, as the log and the answer name it."""
    without = Trouble(
        401,
        _("No access token, or none of this console"),
        _(
            "The JWT did not arrive, or not whole: check the word Bearer, one space, and that all of it was copied. A "
            "JWT of another server does not work here, even with the same user name."
        ),
    )
    of_tokens = [
        Trouble(STATUSES.get(verdict, 401), verdict.label, WAYS_OUT[verdict], verdict.value)
        for verdict in Verdict
        if verdict not in OF_MOBILE
    ]
    others = [
        Trouble(
            403,
            _("Report not in reach"),
            _("No user type and department of this token may read the report. Ask a System Administrator."),
            "report_not_in_reach",
        ),
        Trouble(
            404,
            _("Unknown report"),
            _("No report has this name. /api/meta/reports lists the names; they are case-sensitive."),
            "unknown_report",
        ),
        Trouble(
            503,
            _("Not available for now"),
            _("Says nothing about the token. Try again after the seconds that Retry-After names."),
        ),
    ]
    return sorted([without, *of_tokens, *others], key=lambda trouble: trouble.status)
