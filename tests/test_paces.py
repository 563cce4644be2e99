"""How often one person may export, change many rows, and have mails sent."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import limits
from accounts.models import Login, OutboxMail
from config import paces
from config.paces import EXPORTS, MAILS, MAILS_TO_MANY, MANY, Pace
from tests.people import signed_in

pytestmark = pytest.mark.django_db

Deed = Callable[[Client, Login], HttpResponse]


def export(client: Client, login: Login) -> HttpResponse:
    return client.get(reverse("accounts:contacts"), {"export": "csv"})


def export_for_editing(client: Client, login: Login) -> HttpResponse:
    return client.get(reverse("accounts:export_for_editing"), {"export": "csv"})


def change_many(client: Client, login: Login) -> HttpResponse:
    return of_many(client, login, "enable_login_selected")


def mail_many(client: Client, login: Login) -> HttpResponse:
    return of_many(client, login, "reset_login_password_selected")


def of_many(client: Client, login: Login, name: str) -> HttpResponse:
    chosen = {"selected": [login.public_id], "expected": "1", "confirmed": "1"}
    return client.post(reverse(f"accounts:{name}"), chosen)


def mail_one(client: Client, login: Login) -> HttpResponse:
    return client.post(reverse("accounts:reset_login_password", args=[login.public_id]))


EACH = pytest.mark.parametrize(
    ("pace", "deed"),
    [
        (EXPORTS, export),
        (EXPORTS, export_for_editing),
        (MANY, change_many),
        (MAILS_TO_MANY, mail_many),
        (MAILS, mail_one),
    ],
)


def use_up(pace: Pace, login: Login, left: int = 0) -> None:
    for _each in range(pace.most - left):
        limits.hit(f"{pace.name}:{login.pk}", paces.WINDOW)


@EACH
def test_the_last_one_goes_and_the_next_is_told_to_wait(pace: Pace, deed: Deed, ada: Login, olivia: Login) -> None:
    client = signed_in(ada)
    use_up(pace, ada, left=1)
    assert deed(client, olivia).status_code in {200, 303, 422}
    refused = deed(client, olivia)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= paces.WINDOW
    assert "Nothing was done" in refused.content.decode()
    assert refused["X-Frame-Options"] == "DENY"


@EACH
def test_it_is_counted_for_each_person_alone(pace: Pace, deed: Deed, ada: Login, olivia: Login, olga: Login) -> None:
    use_up(pace, ada)
    assert deed(signed_in(olga), olivia).status_code != 429


def test_nothing_is_sent_beyond_it(ada: Login, olivia: Login) -> None:
    use_up(MAILS, ada)
    mail_one(signed_in(ada), olivia)
    assert not OutboxMail.objects.exists()


def test_what_is_out_of_reach_is_not_counted(olga: Login, olivia: Login) -> None:
    assert mail_one(signed_in(olga), olivia).status_code == 404
    assert limits.hit(f"{MAILS.name}:{olga.pk}", paces.WINDOW) == 1


def test_asking_first_is_not_counted(ada: Login, olivia: Login) -> None:
    client = signed_in(ada)
    for _each in range(3):
        client.post(reverse("accounts:enable_login_selected"), {"selected": [olivia.public_id]})
        client.get(reverse("accounts:contacts"))
    assert limits.hit(f"{MANY.name}:{ada.pk}", paces.WINDOW) == 1
    assert limits.hit(f"{EXPORTS.name}:{ada.pk}", paces.WINDOW) == 1
