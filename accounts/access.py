"""Who may open a page: decorators, each of which leaves its name on the view for the sweep over all URLs.

Anonymous people are sent to the sign-in page; a signed-in person without the right gets 403 and is told who can
give it. Every request asks the database again, so a grant or a removal acts on the very next one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from accounts import confirming
from accounts.models import Login
from accounts.permissions import Permission

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Rule = Callable[[Login], bool]


class NotAllowed(PermissionDenied):
    """A signed-in person lacks a right; ``missing`` names it, for the page that says who can give it."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


def _guard(name: str, rule: Rule) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            login = request.user
            if not isinstance(login, Login):
                return redirect_to_login(request.get_full_path())
            if not rule(login):
                raise NotAllowed(name)
            return view(request, *args, **kwargs)

        guarded.guard = name  # type: ignore[attr-defined]
        return cast("View[P]", guarded)

    return decorate


def viewer_of(request: HttpRequest) -> Login:
    """The signed-in login; the guard above the view made sure that there is one."""
    return cast("Login", request.user)


def may_hold_own_tokens(login: Login) -> bool:
    """The Personal role: My API Access Tokens."""
    return login.has_personal_role and not login.is_view_only


def may_create_own_tokens(login: Login) -> bool:
    """The Personal role and ``token:create``."""
    return may_hold_own_tokens(login) and login.holds(Permission.TOKEN_CREATE)


def may_manage_tokens_of_others(login: Login) -> bool:
    """The Admin role, which counts only while its holder is a System Administrator."""
    return login.has_admin_role and login.is_system_administrator


def holds_everywhere(login: Login, permission: Permission) -> bool:
    """The permission for the whole organisation: what concerns every department takes it there."""
    return login.departments_where(permission) is None


signed_in = _guard("signed_in", lambda _login: True)
needs_personal_role = _guard("personal_role", may_hold_own_tokens)
needs_own_creation = _guard("own_creation", may_create_own_tokens)
needs_admin_role = _guard("admin_role", may_manage_tokens_of_others)


def needs(permission: Permission) -> Callable[[View[P]], View[P]]:
    return _guard(permission.value, lambda login: login.holds(permission))


def needs_everywhere(permission: Permission) -> Callable[[View[P]], View[P]]:
    return _guard(permission.value, lambda login: holds_everywhere(login, permission))


def confirmed_lately(view: View[P]) -> View[P]:
    """Below a guard: the page asks who is there when the sign-in, or the last confirmation, is long ago.

    A form that was opened in time is taken for as long again. One that comes later still is not: nothing is done, and
    the person is told so.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        is_form = request.method not in {"GET", "HEAD"}
        if confirming.is_fresh(request.session, confirming.TAKES_FOR if is_form else confirming.OPENS_FOR):
            return view(request, *args, **kwargs)
        if is_form:
            return HttpResponseRedirect(_confirming({"next": _page_of_form(request), "undone": "1"}), status=303)
        address = _confirming({"next": request.get_full_path()})
        is_fragment = request.headers.get("HX-Request") == "true"
        return HttpResponseClientRedirect(address) if is_fragment else HttpResponseRedirect(address)

    guarded.confirms = True  # type: ignore[attr-defined]
    return cast("View[P]", guarded)


def _confirming(query: dict[str, str]) -> str:
    return f"{reverse('confirm')}?{urlencode(query)}"


def _page_of_form(request: HttpRequest) -> str:
    """Where the form was, as the browser says; dialogs and many rows have theirs on another page."""
    from_page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(from_page, allowed_hosts={request.get_host()}):
        return reverse("home")
    parts = urlsplit(from_page)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that anyone may open."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


__all__ = [
    "NotAllowed",
    "confirmed_lately",
    "holds_everywhere",
    "may_create_own_tokens",
    "may_hold_own_tokens",
    "may_manage_tokens_of_others",
    "needs",
    "needs_admin_role",
    "needs_everywhere",
    "needs_own_creation",
    "needs_personal_role",
    "public",
    "signed_in",
    "viewer_of",
]
