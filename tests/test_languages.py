"""The console speaks the person's language: texts, days, numbers and mails; programs and exports stay as they are."""

import datetime as dt
import importlib
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from accounts.languages import LANGUAGES, OWN_NAMES
from accounts.models import Login, OutboxMail
from audit.grids.moments import (
    day_text,
    long_day_text,
    long_moment_text,
    moment_text,
    month_day_text,
    number_text,
    weekday_text,
)
from audit.templatetags.grids import day_long, number
from tests.addresses import console_addresses, things_of
from tests.factories import PASSWORD, AccessTokenFactory
from tests.token_story import created, generated
from tokens.models import AccessToken
from tokens.reach import pair_labels, pair_names
from tokens.scopes import ALL

CODES = [code for code, _name in LANGUAGES]
MOMENT = dt.datetime(2026, 11, 24, 16, 40, 5, tzinfo=dt.UTC)
WRITTEN = {
    "en": ("24 Nov 2026, 16:40", "24 November 2026", "Tuesday 24 November 2026", "24 November", "1,284,316", "0.6"),
    "de": (
        "24. Nov. 2026, 16:40", "24. November 2026", "Dienstag, 24. November 2026", "24. November", "1.284.316", "0,6",
    ),
    "fr": (
        "24 nov. 2026, 16:40", "24 novembre 2026", "mardi 24 novembre 2026", "24 novembre", "1\xa0284\xa0316", "0,6",
    ),
    "es": (
        "24 nov 2026, 16:40", "24 de noviembre de 2026", "martes, 24 de noviembre de 2026", "24 de noviembre",
        "1\xa0284\xa0316", "0,6",
    ),
    "tr": ("24 Kas 2026, 16:40", "24 Kasım 2026", "24 Kasım 2026 Salı", "24 Kasım", "1.284.316", "0,6"),
}  # fmt: skip


def speaking(login: Login, language: str) -> Client:
    login.language = language
    login.save()
    client = Client()
    client.force_login(login)
    return client


@pytest.mark.parametrize("language", CODES)
def test_days_and_numbers(language: str) -> None:
    with translation.override(language):
        written = (
            moment_text(MOMENT), long_day_text(MOMENT), weekday_text(MOMENT), month_day_text(MOMENT),
            number_text(1284316), number_text(Decimal("0.61"), 1),
        )  # fmt: skip
        assert written == WRITTEN[language]
        assert day_text(MOMENT.date()) == written[0].partition(",")[0]
        assert long_moment_text(MOMENT) == f"{written[1]}, 16:40"
        assert moment_text(MOMENT, seconds=True).endswith(", 16:40:05")


def test_a_filter_gives_the_day_in_the_active_zone() -> None:
    with timezone.override("Asia/Tokyo"):
        assert day_long(MOMENT) == "25 November 2026"
    assert "–" in str(number(None))
    assert str(number(0)) == "0"


@pytest.mark.parametrize("language", CODES)
def test_every_language_says_how_it_writes_days(language: str) -> None:
    english = importlib.import_module("config.formats.en.formats")
    own = importlib.import_module(f"config.formats.{language}.formats")
    names = {name for name in vars(english) if name.isupper()}
    assert {name for name in vars(own) if name.isupper()} == names
    with translation.override(language):
        assert all(formats.get_format(name) == getattr(own, name) for name in names - {"DATE_INPUT_FORMATS"})
        assert formats.get_format("DATE_INPUT_FORMATS")[0] == "%Y-%m-%d"


def test_each_language_is_called_by_its_own_name() -> None:
    assert list(OWN_NAMES) == CODES


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["de", "fr-CA", "es,en;q=0.5", "tr"])
def test_before_signing_in_the_browsers_language_counts(client: Client, asked: str) -> None:
    answer = client.get("/sign-in", HTTP_ACCEPT_LANGUAGE=asked)
    assert f'<html lang="{asked[:2]}"'.encode() in answer.content
    assert answer["Content-Language"] == asked[:2]
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.django_db
def test_afterwards_the_persons_counts(olivia: Login) -> None:
    client = speaking(olivia, "fr")
    answer = client.get("/", HTTP_ACCEPT_LANGUAGE="de")
    assert (b'<html lang="fr"' in answer.content, answer["Content-Language"]) == (True, "fr")


@pytest.mark.django_db
def test_a_change_is_told_in_the_new_language(olivia: Login) -> None:
    client = speaking(olivia, "en")
    client.post("/personal/edit", {"language": "de", "time_zone": "Europe/Berlin"})
    with translation.override("de"):
        told = _("Your settings are saved. They act from this page on.")
    assert told in client.get("/personal").content.decode()


@pytest.mark.django_db
def test_the_login_is_greeted_in_its_language_right_after_sign_in(olivia: Login) -> None:
    olivia.language = "tr"
    olivia.save()
    client = Client(HTTP_ACCEPT_LANGUAGE="de")
    client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
    assert b'<html lang="tr"' in client.get("/").content


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["de", "tr"])
def test_days_of_a_browsers_date_field_are_read_and_shown_again(olivia: Login, language: str) -> None:
    with time_machine.travel(MOMENT, tick=False):
        client = speaking(olivia, language)
        page = client.get("/tokens?created_at_from=2026-11-01&created_at_to=2026-11-30&name=x").content.decode()
        assert 'value="2026-11-01"' in page
        assert 'value="2026-11-30"' in page
        form = {"name": "Excel", "expires_on": "date", "expiry_date": "2027-03-01", "scopes": ["1", "2"]}
        assert client.post("/tokens/new", form).status_code == 303
        token = AccessToken.objects.get()
        assert str(token.expiry_date) == "2027-03-01"
        assert 'value="2027-03-01"' in client.get(f"/tokens/{token.public_id}/edit").content.decode()


@pytest.mark.django_db
def test_exports_are_the_same_in_every_language(olivia: Login) -> None:
    token = AccessTokenFactory(owner=olivia)
    AccessToken.objects.filter(pk=token.pk).update(created_at=MOMENT)
    rows = speaking(olivia, "de").get("/tokens?export=json")
    assert b"2026-11-24T16:40:05" in b"".join(rows.streaming_content)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_programs_are_answered_in_english(olivia: Login) -> None:
    """Also where a rule that pages share with programs refuses: here the second token of one name."""
    maker = generated(created(olivia, "Maker", scopes=int(ALL)))

    def refusal(language: str) -> str:
        speaking(olivia, language).get("/")  # the thread may have spoken that language a moment ago
        answer = Client(HTTP_AUTHORIZATION=f"Bearer {maker}", HTTP_ACCEPT_LANGUAGE=language).post(
            "/v1/access-tokens", {"name": "Maker"}, content_type="application/json"
        )
        assert answer.status_code in {400, 409, 422}
        assert "Content-Language" not in answer
        return str(answer.json())

    assert "Choose another name" in refusal("en")
    assert "Choose another name" in refusal("de")


@pytest.mark.django_db
def test_a_mail_speaks_its_readers_language(client: Client, olivia: Login) -> None:
    olivia.language = "es"
    olivia.save()
    client.post("/password/reset", {"email": olivia.email}, HTTP_ACCEPT_LANGUAGE="de")
    with translation.override("es"):
        assert OutboxMail.objects.get().subject == _("Choose a new password")


OTHERS = [pytest.param(code, marks=pytest.mark.long) for code in CODES if code not in {"en", "de"}]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["de", *OTHERS])
def test_every_page_opens_in_every_language(language: str, ada: Login) -> None:
    """A translation that puts in what is not given would break its page."""
    ids = things_of(ada)
    client = speaking(ada, language)
    for address in console_addresses():
        path = address.path(ids)
        assert client.get(path).status_code < 500, path


@pytest.mark.django_db
def test_the_built_in_user_types_are_called_by_the_readers_language(ada: Login, olivia: Login) -> None:
    browser = speaking(ada, "de")
    for address in ("/contacts", "/user-types", "/contacts/new-user"):
        page = browser.get(address).content.decode()
        assert "Allgemeiner Benutzer" in page, address
        assert "General User" not in page, address


@pytest.mark.django_db
def test_the_ledger_keeps_them_as_they_are_stored(olivia: Login) -> None:
    with translation.override("de"):
        names = pair_names(olivia.pairs, olivia.organisation_id).values()
        labels = pair_labels(olivia.pairs, olivia.organisation_id).values()
    assert all(name.startswith("General User, ") for name in names)
    assert all(label.startswith("Allgemeiner Benutzer, ") for label in labels)
    assert names
