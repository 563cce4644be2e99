"""What is answered to a request that does not reach its view: its body was not taken in, or nothing can be served."""

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from config import errors
from config.addresses import is_for_programs
from config.answering import REFUSED
from config.bodies import MOST_BYTES, Refusal

TOO_LARGE = _("The body may have %(count)d bytes at most.")
TOO_LARGE_FOR_A_PAGE = _("Nothing was done. What is sent at once may have %(most)s at most.")
TOO_MANY_BODIES = _("Too many requests are still being sent. Try again in a few seconds.")


def refused(request: HttpRequest) -> HttpResponse:
    why = request.META[REFUSED]
    if why is Refusal.TOO_LARGE:
        most = filesizeformat(MOST_BYTES)
        return in_words(request, 413, TOO_LARGE % {"count": MOST_BYTES}, TOO_LARGE_FOR_A_PAGE % {"most": most})
    if why is Refusal.CLOSED:
        answer = errors.answer(request, 503)
    else:
        answer = in_words(request, 503, str(TOO_MANY_BODIES), str(TOO_MANY_BODIES))
    answer["Retry-After"] = str(errors.RETRY_SECONDS)
    return answer


def in_words(request: HttpRequest, status: int, for_programs: str, for_people: str) -> HttpResponse:
    if is_for_programs(request.path_info):
        return errors.problem(request, status, for_programs)
    return errors.page(request, status, {"words": for_people})
