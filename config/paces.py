"""How often one signed-in person may do what costs much, or reaches others: exports, deeds on many rows, mails.

Counted before anything is done, over all workers and all of the person's sessions (accounts/limits.py).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import limits
from accounts.models import Login
from accounts.permissions import Permission
from audit.grids.words import Text
from config import errors

WINDOW = 600
MAIL_VIEWS = ("accounts:send_activation_mail", "accounts:reset_login_password")


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``most`` in ten minutes; ``words`` say of what."""

    name: str
    most: int
    words: Text


EXPORTS = Pace("exports", 20, _("You made many exports in a short time. Each may hold every row, so there is a limit."))
MANY = Pace("many", 60, _("You changed many rows at once many times, so there is a limit."))
MAILS = Pace("mails", 60, _("You had many mails sent in a short time, so there is a limit."))
MAILS_TO_MANY = Pace("mails-to-many", 10, _("You had many mails sent in a short time, so there is a limit."))
PACES = (EXPORTS, MANY, MAILS, MAILS_TO_MANY)


class Paces:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        login = request.user
        if not isinstance(login, Login) or getattr(view, "csrf_exempt", False):  # whose body nobody has read yet
            return None
        pace = pace_of(request, login)
        if pace is None or limits.hit(f"{pace.name}:{login.pk}", WINDOW) <= pace.most:
            return None
        return too_often(request, pace)


def pace_of(request: HttpRequest, login: Login) -> Pace | None:
    if request.method == "GET":
        return EXPORTS if "export" in request.GET else None
    if request.method != "POST":
        return None
    name = request.resolver_match.view_name if request.resolver_match else ""
    if request.POST.get("confirmed") and ("selected" in request.POST or "every" in request.POST):
        return MAILS_TO_MANY if name.removesuffix("_selected") in MAIL_VIEWS else MANY
    return MAILS if name in MAIL_VIEWS and may_send(request, login) else None


def may_send(request: HttpRequest, login: Login) -> bool:
    """Whether a mail could come of it: what is refused counts for nothing, and changes nothing."""
    about = request.resolver_match.kwargs.get("public_id", "") if request.resolver_match else ""
    reached = Login.objects.filter(organisation=login.organisation_id, public_id=about)
    return login.holds(Permission.CONTACT_MANAGE) and reached.exists()


def too_often(request: HttpRequest, pace: Pace) -> HttpResponseBase:
    minutes = limits.minutes_left(WINDOW)
    wait = ngettext(
        "Nothing was done. In %(count)d minute you can go on.",
        "Nothing was done. In %(count)d minutes you can go on.",
        minutes,
    ) % {"count": minutes}
    response = errors.page(request, 429, {"words": str(pace.words), "wait": wait})
    response["Retry-After"] = str(limits.seconds_left(WINDOW))
    return response
