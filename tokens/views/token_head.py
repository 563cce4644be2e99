"""What stands above every page of one token: its path, what its status means, what can be done, the pages beside it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.grids.heads import Crumb, HeadAction, PageHead, Tab
from audit.grids.moments import moment_in_sentence
from tokens.desk import Desk
from tokens.models import AccessToken
from tokens.statuses import Status
from tokens.views.generating import last_tool
from tokens.words import distance_to

ITSELF, SESSIONS = "token", "sessions"


def head_of(token: AccessToken, desk: Desk, *, page: str, may_change: bool, may_generate: bool) -> PageHead:
    return PageHead(
        title=token.name,
        sentence=standing_sentence(token),
        crumbs=crumbs(token, desk),
        actions=(*actions(token, desk, may_change=may_change, may_generate=may_generate),),
        tabs=(
            Tab(_("Overview"), desk.url(token, ITSELF), page == ITSELF),
            Tab(_("Sessions"), desk.url(token, SESSIONS), page == SESSIONS),
        ),
    )


def actions(token: AccessToken, desk: Desk, *, may_change: bool, may_generate: bool) -> list[HeadAction]:
    logs = HeadAction(label=_("Token Logs"), href=desk.url(token, "logs"), kind="link")
    if not may_change:
        return [logs]
    revoke, edit, generate = (desk.url(token, page) for page in ("revoke", "edit", "generate"))
    found = [
        HeadAction(label=_("Revoke Token…"), href=revoke, kind="danger-link", dialog=True),
        HeadAction(label=_("Edit Token"), href=edit, kind="link", dialog=True),
        logs,
    ]
    if may_generate:
        found.append(
            HeadAction(label=_("Generate Token"), href=generate, icon="refresh-cw", kind="primary", dialog=True)
        )
    return found


def crumbs(token: AccessToken, desk: Desk) -> tuple[Crumb, ...]:
    here = Crumb(label=token.name)
    if desk.own:
        return (Crumb(label=_("My API Access Tokens"), href=desk.list_url), here)
    contact = desk.owner.contact
    return (
        Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
        Crumb(label=contact.name, href=reverse("accounts:logins", args=[contact.public_id])),
        Crumb(label=_("API Access Tokens"), href=desk.list_url),
        here,
    )


def standing_sentence(token: AccessToken) -> str:
    """What the status means for this token, and until when."""
    match token.status:
        case Status.REVOKED:
            return _("Revoked %(when)s, for good: every call with it is refused. Its log stays.") % {
                "when": moment_in_sentence(token.revoked_at) if token.revoked_at else ""
            }
        case Status.NOT_GENERATED:
            return _("A record without a JWT: nothing can call with it yet. Generate Token makes one.")
        case Status.EXPIRED:
            return _("Its JWT expired %(distance)s: every call with it is refused. Generate Token makes a new one.") % {
                "distance": distance_to(token.expires_at) if token.expires_at else ""
            }
        case Status.INACTIVE:
            return _("Its JWT is valid and was not used yet. %(end)s") % {"end": end_sentence(token)}
        case Status.ACTIVE:
            return f"{use_sentence(token)} {end_sentence(token)}"


def use_sentence(token: AccessToken) -> str:
    when = moment_in_sentence(token.last_used_at) if token.last_used_at else ""
    if tool := last_tool(token):
        return _("In use: %(tool)s made the last call, %(when)s.") % {"tool": tool, "when": when}
    return _("In use: last called %(when)s.") % {"when": when}


def end_sentence(token: AccessToken) -> str:
    if token.expires_at is None:
        return _("It never expires.")
    return _("It expires %(distance)s.") % {"distance": distance_to(token.expires_at)}
