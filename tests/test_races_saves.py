"""Sixteen Saves at one moment, over and over: one succeeds, exactly one JWT works afterwards, and nothing breaks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from accounts.models import Attempts, Login
from audit.models import Entry
from audit.verbs import Verb
from tests.races.parts import in_parts
from tests.races.serving import served_instead
from tests.servers import ServedConsole
from tests.token_story import actor, created
from tests.visitor import Answer, Line, Visitor, shown, visitor_of
from tokens import actions
from tokens.jwt import digest
from tokens.models import AccessToken

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
MANY = 16
PARTS, ROUNDS_OF_A_PART = 10, 100
IN_EACH_LONG_RUN = 3


class Crowd:
    """One person in so many browsers, who all act at the same moment."""

    def __init__(self, served: ServedConsole, olivia: Login) -> None:
        self.olivia, self.token = olivia, created(olivia)
        self.line = Line(served)
        self.browsers = [visitor_of(served, olivia) for _ in range(MANY)]
        self.pool = ThreadPoolExecutor(MANY)
        self.page = f"/tokens/{self.token.public_id}/generate"

    def show(self) -> tuple[str, str]:
        """A JWT and its dialog, without its page, which many rounds would take long to make."""
        made = actions.generate(token=self.token, by=actor(self.olivia))
        return made.jwt, made.dialog

    def save_at_once(self, dialogs: list[str]) -> list[Answer]:
        start = Barrier(MANY)

        def save(browser: Visitor, dialog: str) -> Answer:
            start.wait(30)
            return browser.post(f"{self.page}/save", dialog=dialog)

        return list(self.pool.map(save, self.browsers, dialogs))

    def generate_and_save_at_once(self) -> dict[str, tuple[str, int]]:
        """By the request id of each Save: the JWT, and what Save was told."""
        start = Barrier(MANY)

        def both(browser: Visitor) -> tuple[str, tuple[str, int]]:
            start.wait(30)
            jwt, dialog = shown(browser.post(self.page))
            answer = browser.post(f"{self.page}/save", dialog=dialog)
            return answer.headers["X-Request-ID"], (jwt, answer.status)

        return dict(self.pool.map(both, self.browsers))

    def works(self, *jwts: str) -> list[bool]:
        Attempts.objects.all().delete()  # so many refused calls of one address are another test's business
        return [self.line.call(jwt).status == 200 for jwt in jwts]

    def close(self) -> None:
        self.pool.shutdown()
        for line in (self.line, *(browser.line for browser in self.browsers)):
            line.close()


@pytest.fixture
def crowd(serve_console: ServedConsole, olivia: Login) -> Iterator[Crowd]:
    crowd = Crowd(serve_console, olivia)
    yield crowd
    crowd.close()


def one_round(crowd: Crowd, before: str) -> str:
    """The JWT that works after sixteen Saves of one dialog, the one before no longer."""
    jwt, dialog = crowd.show()
    statuses = sorted(answer.status for answer in crowd.save_at_once([dialog] * MANY))
    assert statuses == [303] + [409] * (MANY - 1)
    assert crowd.works(jwt, *filter(None, [before])) == [True, *([False] if before else [])]
    return jwt


def generated_in_order(token: AccessToken) -> list[str]:
    """The request ids of the Saves that took effect, in the ledger's order."""
    entries = Entry.objects.of_token(token.public_id).filter(verb=Verb.TOKEN_GENERATE).order_by("id")
    return list(entries.values_list("request_id", flat=True))


@pytest.mark.parametrize("_part", in_parts(PARTS, first=IN_EACH_LONG_RUN))
def test_of_16_saves_one_succeeds_in_a_thousand_rounds(crowd: Crowd, _part: int) -> None:
    before = ""
    for _ in range(ROUNDS_OF_A_PART):
        before = one_round(crowd, before)
    assert len(generated_in_order(crowd.token)) == ROUNDS_OF_A_PART


def test_of_16_jwts_generated_and_saved_at_once_the_last_of_the_ledger_works(crowd: Crowd) -> None:
    for _ in range(30):
        before = len(generated_in_order(crowd.token))
        saves = crowd.generate_and_save_at_once()
        assert {status for _, status in saves.values()} <= {303, 409}
        done = generated_in_order(crowd.token)[before:]
        assert sorted(done) == sorted(key for key, (_, status) in saves.items() if status == 303)
        last = saves[done[-1]][0]
        assert AccessToken.objects.get(pk=crowd.token.pk).digest == digest(last)
        assert crowd.works(*(jwt for jwt, _ in saves.values())) == [jwt == last for jwt, _ in saves.values()]


def test_without_the_comparison_one_round_goes_wrong(
    serve_console: ServedConsole, olivia: Login, tmp_path: Path
) -> None:
    """The control: where Save no longer asks for its own dialog, sixteen of them leave something else than one JWT."""
    with served_instead(serve_console, tmp_path / "log", workers=2, broken="save any dialog") as served:
        crowd = Crowd(served, olivia)
        with pytest.raises(AssertionError):
            one_round(crowd, "")
        crowd.close()
