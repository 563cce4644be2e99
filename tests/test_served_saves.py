"""Many browsers save at once through the served console: one succeeds, its JWT works, the others are told why not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from accounts.models import Login, OutboxMail
from audit.verbs import Verb
from tests.servers import ServedConsole
from tests.token_story import created, generated, verbs
from tests.visitor import Answer, Line, Visitor, shown, visitor_of
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 16


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    return created(olivia)


@pytest.fixture
def browsers(serve_console: ServedConsole, olivia: Login) -> list[Visitor]:
    """Olivia, signed in so many times, each on a connection of its own."""
    return [visitor_of(serve_console, olivia) for _ in range(MANY)]


def page(token: AccessToken) -> str:
    return f"/tokens/{token.public_id}/generate"


def save_at_once(browsers: list[Visitor], token: AccessToken, dialogs: list[str]) -> list[Answer]:
    start = Barrier(len(browsers))

    def save(browser: Visitor, dialog: str) -> Answer:
        start.wait(30)
        return browser.post(f"{page(token)}/save", dialog=dialog)

    with ThreadPoolExecutor(len(browsers)) as pool:
        return list(pool.map(save, browsers, dialogs))


def one_saved(answers: list[Answer]) -> int:
    """Which one; all others were told that it was saved, or that a newer one was shown."""
    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [303] + [409] * (MANY - 1)
    for answer in answers:
        if answer.status == 409:
            assert "saved a JWT of this token" in answer.text or "opened a newer Generate Token" in answer.text
            assert "Olivia Novak" in answer.text
    return statuses.index(303)


def test_of_16_saves_of_one_dialog_one_succeeds(
    serve_console: ServedConsole, browsers: list[Visitor], token: AccessToken
) -> None:
    before = generated(token)
    for _ in range(3):
        jwt, dialog = shown(browsers[0].submit(page(token)))
        one_saved(save_at_once(browsers, token, [dialog] * MANY))
        line = Line(serve_console)
        assert line.call(jwt).status == 200
        assert line.call(before).status == 401
        before = jwt
    assert verbs(token).count(Verb.TOKEN_GENERATE) == OutboxMail.objects.count() == 4


def test_of_16_dialogs_opened_and_saved_at_once_the_last_succeeds(
    serve_console: ServedConsole, browsers: list[Visitor], token: AccessToken
) -> None:
    for _ in range(3):
        with ThreadPoolExecutor(MANY) as pool:
            opened = list(pool.map(lambda browser: shown(browser.submit(page(token))), browsers))
        saved = one_saved(save_at_once(browsers, token, [dialog for _, dialog in opened]))
        line = Line(serve_console)
        assert [line.call(jwt).status for jwt, _ in opened] == [200 if one == saved else 401 for one in range(MANY)]
    assert verbs(token).count(Verb.TOKEN_GENERATE) == 3


def test_a_stale_dialog_is_refused_and_told_why(
    serve_console: ServedConsole, browsers: list[Visitor], ada: Login, token: AccessToken
) -> None:
    administrator = visitor_of(serve_console, ada)
    old, dialog = shown(browsers[0].submit(page(token)))
    of_login = f"/logins/{token.owner.public_id}{page(token)}"
    new, newer_dialog = shown(administrator.submit(of_login))
    refused = browsers[0].post(f"{page(token)}/save", dialog=dialog)
    assert refused.status == 409
    assert "Ada Byron opened a newer Generate Token" in refused.text
    assert administrator.post(f"{of_login}/save", dialog=newer_dialog).status == 303
    refused = browsers[0].post(f"{page(token)}/save", dialog=dialog)
    assert refused.status == 409
    assert "Ada Byron saved a JWT of this token" in refused.text
    line = Line(serve_console)
    assert (line.call(new).status, line.call(old).status) == (200, 401)
