"""The ledger's seals, for anyone: signed roots to keep elsewhere, the proofs between them, and the key."""

from collections.abc import Callable
from functools import wraps

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from audit.models import Checkpoint, Head
from audit.proof_export import consistency_document, newest_checkpoint
from audit.seals.tree import NotProved
from tokens.api.conditional import conditional
from tokens.api.exceptions import Problem
from tokens.api.problems import respond

TEXT = "text/plain; charset=utf-8"
A_SECOND, A_MINUTE, AN_HOUR = 1, 60, 3600


def in_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What the ledger has not (yet) is a 404 that says so."""

    @wraps(view)
    def answer(request: HttpRequest, **sizes: int) -> HttpResponse:
        try:
            return view(request, **sizes)
        except Problem as problem:
            return respond(request, problem)

    return answer


@public
@require_safe
@in_words
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest one. It comes from what was signed: nothing is signed for whoever asks."""
    return _text(request, _newest().note, max_age=A_SECOND)


@public
@require_safe
@in_words
def checkpoint_of(request: HttpRequest, size: int) -> HttpResponse:
    _refuse_beyond(_newest(), size)
    found = Checkpoint.objects.filter(size=size, generation__lte=_head().generation).order_by("-generation").first()
    if found is None:
        raise Problem(404, _("No checkpoint of that size was signed."))
    return _text(request, found.note, max_age=A_MINUTE)


@public
@require_safe
@in_words
def consistency(request: HttpRequest, old: int, new: int) -> HttpResponse:
    _refuse_beyond(_newest(), new)
    try:
        document = consistency_document(old, new)
    except NotProved:
        raise Problem(404, _("The first size has to be at least 1, and not above the second.")) from None
    return conditional(request, orjson.dumps(document), content_type="application/json", max_age=A_MINUTE, shared=True)


@public
@require_safe
@in_words
def key(request: HttpRequest) -> HttpResponse:
    _newest()
    return _text(request, f"{_head().verifier}\n", max_age=AN_HOUR)


def _newest() -> Checkpoint:
    try:
        return newest_checkpoint()
    except NotProved:
        raise Problem(404, _("Nothing is sealed yet.")) from None


def _head() -> Head:
    return Head.objects.get()


def _refuse_beyond(newest: Checkpoint, size: int) -> None:
    if size > newest.size:
        raise Problem(404, _("The ledger has not been of that size yet."))


def _text(request: HttpRequest, text: str, *, max_age: int) -> HttpResponse:
    return conditional(request, text.encode(), content_type=TEXT, max_age=max_age, shared=True)
