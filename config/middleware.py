"""What surrounds every request: its id, the client's address, security headers, and the console's own layers."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from typing import cast

import structlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import ResponseHeaders
from django.urls import ResolverMatch, get_resolver
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

from accounts.actions import sessions
from accounts.models import Login
from accounts.sessions import PUBLIC_ID, new_id
from accounts.zones import zone_named
from audit.request_ids import current_request_id, new_request_id
from config import errors, protective
from config.addresses import is_for_programs
from config.in_clear import ASKED_BY_PROBES, refuse_clear

Handler = Callable[[HttpRequest], HttpResponseBase]

HOSTS_REMEMBERED = 100
hosts_found: set[tuple[str, tuple[str, ...]]] = set()
"""Names that were asked for, and found among those that were allowed."""
PATH_REMEMBERED = 200
"""A longer address is looked for each time: what is remembered has a bound."""
spoken = threading.local()
SEEN_AGAIN_SECONDS = 60
CLOCK_BACK_SECONDS = 300  # by so much the clocks of two machines may differ
NUL = "\x00"
BODILESS = frozenset({204, 304})  # a length of zero would be said of the document that the caller keeps (RFC 9110, 8.6)


class Surroundings:
    """Outermost: names the request, finds the client, answers for a database that is away, adds the headers."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.headers = ResponseHeaders(protective.headers())._store

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = new_request_id()  # type: ignore[attr-defined]
        resolve_client(request)
        if getattr(spoken, "to_a_person", False):  # in this thread, a moment ago, in that person's language
            translation.deactivate()
            timezone.deactivate()
            spoken.to_a_person = False
        before = current_request_id.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = (
                refuse_nul(request) or refuse_host(request) or refuse_clear(request) or self.get_response(request)
            )
        finally:
            current_request_id.reset(before)
        if response.status_code >= 400:
            response = with_words(request, response)
        # By name and value, as Django keeps them: what is the same for all answers was checked and lowered once, and
        # what the answer says itself, stands.
        headers = self.headers | response.headers._store
        if not response.streaming and response.status_code not in BODILESS and "content-length" not in headers:
            headers["content-length"] = ("Content-Length", str(len(cast("HttpResponse", response).content)))
        headers["x-request-id"] = ("X-Request-ID", request.request_id)  # type: ignore[attr-defined]
        response.headers._store = headers
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return unless_available(request, exception)


def unless_available(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """A 503 for an error that says that the database is away."""
    if not errors.is_unavailable(exception):
        return None
    structlog.get_logger("config").error("database unavailable", error=str(exception).partition("\n")[0])
    return errors.unavailable(request)


def refuse_nul(request: HttpRequest) -> HttpResponseBase | None:
    """404 for a path with NUL: PostgreSQL keeps it in no text, so nothing has such an id."""
    return errors.answer(request, 404) if NUL in request.path_info else None


def refuse_host(request: HttpRequest) -> HttpResponseBase | None:
    """400 for a name that is not in ``ALLOWED_HOSTS``, but where balancers and Prometheus ask, by number."""
    if request.path_info in ASKED_BY_PROBES:
        return None
    asked = request.META.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)
    if asked in hosts_found:
        return None
    try:
        request.get_host()
    except DisallowedHost:
        structlog.get_logger("config").warning("unknown host refused", host=request.headers.get("Host", "")[:100])
        return errors.unknown_host(request)
    if len(hosts_found) < HOSTS_REMEMBERED:
        hosts_found.add(asked)
    return None


def drop_cookies_with_nul(request: HttpRequest) -> None:
    """A quoted cookie may hold NUL as an octal escape; no session has such a key."""
    for name in [name for name, value in request.COOKIES.items() if NUL in value]:
        del request.COOKIES[name]


def resolve_client(request: HttpRequest) -> None:
    """Put the client's address and scheme in place, believing only what a trusted proxy says, nearest first."""
    networks = settings.TRUSTED_PROXIES
    if not networks:
        return
    hops = [hop for part in request.headers.get("X-Forwarded-For", "").split(",") if (hop := part.strip())]
    address, trusted = request.META.get("REMOTE_ADDR", ""), False
    while is_within(address, networks):
        trusted = True
        if not hops or not is_address(hops[-1]):
            break
        address = hops.pop()
    request.META["REMOTE_ADDR"] = address
    if trusted and request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https":
        request.META["wsgi.url_scheme"] = "https"


def is_address(written: str) -> bool:
    try:
        ip_address(written)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: tuple[object, ...]) -> bool:
    return is_address(address) and any(ip_address(address) in network for network in networks)  # type: ignore[operator]


def with_words(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Put words into a bare refusal of Django (405, 400): the JSON that programs are promised, a page for people."""
    kind = response.get("Content-Type", "text/html")
    if response.streaming or not kind.startswith(("text/html", "text/plain")):
        return response
    if is_for_programs(request.path_info):
        body = errors.problem(request, response.status_code)
    elif response.status_code == 405:
        body = errors.page(request, 405)
    else:
        return response
    for name, value in response.items():
        if name not in {"Content-Type", "Content-Length"}:
            body[name] = value
    body.cookies.update(response.cookies)
    return body


class Programs:
    """Answers programs at once, and spares them what only people need: all layers behind this one, the search for the
    view of an address that was called before, and what Django's handler does for other kinds of views.
    """

    def __init__(self, get_response: Handler) -> None:
        self.people = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not is_for_programs(path):
            return self.people(request)
        find = view_of if len(path) <= PATH_REMEMBERED else view_of.__wrapped__
        match = request.resolver_match = find(path, settings.ROOT_URLCONF)
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except Exception as error:
            answer = unless_available(request, error)
            if answer is None:
                raise
            return answer
        return response


@lru_cache(maxsize=1024)
def view_of(path: str, urlconf: str) -> ResolverMatch:
    """Raises ``Resolver404``, which nothing remembers."""
    return get_resolver(urlconf).resolve(path)


class Console:
    """Puts the layers that only people's pages need (``CONSOLE_MIDDLEWARE``) around them."""

    def __init__(self, get_response: Handler) -> None:
        self.view_hooks: list[Callable[..., HttpResponseBase | None]] = []
        self.exception_hooks: list[Callable[..., HttpResponseBase | None]] = []
        handler = get_response
        for path in reversed(settings.CONSOLE_MIDDLEWARE):
            layer = import_string(path)(handler)
            if hasattr(layer, "process_view"):
                self.view_hooks.insert(0, layer.process_view)
            if hasattr(layer, "process_exception"):
                self.exception_hooks.append(layer.process_exception)
            handler = cast("Handler", convert_exception_to_response(layer))
        self.people = handler

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        spoken.to_a_person = True
        drop_cookies_with_nul(request)
        response = self.people(request)
        # Nothing of the console stays in a browser: not after Log Out, not for who presses Back (RFC 9111, 5.2.2.5).
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        answers = (hook(request, view, args, kwargs) for hook in self.view_hooks)
        return next((answer for answer in answers if answer is not None), None)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        answers = (hook(request, exception) for hook in self.exception_hooks)
        return next((answer for answer in answers if answer is not None), None)


def session_limits(get_response: Handler) -> Handler:
    """Ends a signed-in session that stood idle, or lasted, longer than the organisation allows.

    One that was seen in the future ends too: this machine's clock was set back, and nobody can say how old it is.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        session, now = request.session, int(time.time())
        if SESSION_KEY in session and request.user.is_authenticated:
            organisation = request.user.organisation
            began, seen = session.get("began", now), session.get("seen", now)
            idle, limit = organisation.session_idle_minutes * 60, organisation.session_hours_limit * 3600
            if now - seen > idle or now - began > limit or seen - now > CLOCK_BACK_SECONDS:
                session.flush()
                request.user = AnonymousUser()
            elif now - seen >= SEEN_AGAIN_SECONDS or "began" not in session:
                session.update({"began": began, "seen": now})
                note_session(request)
        return get_response(request)

    return middleware


def note_session(request: HttpRequest) -> None:
    """Tell its row that the session is in use; one that began before there were rows gets one."""
    session, address = request.session, request.META.get("REMOTE_ADDR", "")
    key = session.session_key or ""
    if PUBLIC_ID in session:
        sessions.note_seen(key=key, address=address)
        return
    session[PUBLIC_ID] = new_id()
    agent = request.headers.get("User-Agent", "")
    person = cast("Login", request.user)
    sessions.note(login=person, key=key, session=session[PUBLIC_ID], address=address, user_agent=agent)


def preferences(get_response: Handler) -> Handler:
    """Speaks the language, and shows the time zone, of the signed-in login; before sign-in, the browser's language."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        person = request.user if request.user.is_authenticated else None
        language = person.language if person else translation.get_language_from_request(request)
        # Never taken back here: an export that is streamed is written after this returns.
        translation.activate(language)
        timezone.activate(zone_named(person.time_zone if person else settings.TIME_ZONE))
        request.LANGUAGE_CODE = language
        response = get_response(request)
        if not person:
            patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware
