"""Every address that takes a form asks who is there when the sign-in is long ago, or stands here with its reason."""

import pytest
from django.test import Client

from accounts.models import Login
from tests.addresses import console_addresses, things_of

pytestmark = pytest.mark.django_db

OWN_LOOK = "it changes how one's own pages look"
PROOF = "it asks for a proof of its own"
TAKES_AWAY = "it ends one token, or stops one's own, which must not wait; what makes up for it asks"
SHOWN = "it ends what a Generate Token began, which asked"
NO_RIGHT = "it gives no right to anybody and shows no secret"
NOT_YET = "it only prepares: what acts, asks"
# By address, why its forms are taken without a confirmation.
NOT_ASKED = {
    "/columns": OWN_LOOK,
    "/personal/appearance": OWN_LOOK,
    "/personal/edit": OWN_LOOK,
    "/personal/factors/<str:public_id>/rename": OWN_LOOK,
    "/confirm": PROOF,
    "/confirm/factor": PROOF,
    "/confirm/sso": PROOF,
    "/password": PROOF,
    "/personal/stop-tokens": TAKES_AWAY,
    "/tokens/<str:public_id>/revoke": TAKES_AWAY,
    "/logins/<str:login_id>/tokens/<str:public_id>/revoke": TAKES_AWAY,
    "/tokens/<str:public_id>/generate/save": SHOWN,
    "/tokens/<str:public_id>/generate/cancel": SHOWN,
    "/logins/<str:login_id>/tokens/<str:public_id>/generate/save": SHOWN,
    "/logins/<str:login_id>/tokens/<str:public_id>/generate/cancel": SHOWN,
    "/tokens/new": NOT_YET,  # a token without a JWT opens nothing
    "/personal/tokens/new": NOT_YET,
    "/contacts/import": NOT_YET,
    "/contacts/imports/<str:public_id>/discard": NO_RIGHT,
    "/contacts/new": NO_RIGHT,
    "/contacts/<str:public_id>/edit": NO_RIGHT,  # a contact's address is no login's
    "/departments/create": NO_RIGHT,
    "/departments/<str:public_id>/rename": NO_RIGHT,
    "/administrator/ledger/verify": NO_RIGHT,
}


@pytest.fixture
def of_long_ago(client: Client, ada: Login) -> Client:
    client.force_login(ada)
    assert client.get("/").status_code == 200
    session = client.session
    session["confirmed"] = session["began"] - 3601
    session.save()
    return client


def test_every_form_asks_or_says_why_not(of_long_ago: Client, ada: Login) -> None:
    ids, found, taken = things_of(ada), [], set()
    for address in console_addresses():
        if str(address) in NOT_ASKED:
            taken.add(str(address))
            continue
        answer = of_long_ago.post(address.path(ids))
        if answer.status_code == 405:
            continue
        if answer.status_code != 303 or answer["Location"] != "/confirm?next=%2F&undone=1":
            found.append(f"{address} answers {answer.status_code}")
    assert found == []
    assert taken == NOT_ASKED.keys()


def test_what_gives_rights_is_excused_by_nothing() -> None:
    excused = {str(address) for address in console_addresses() if address.guard == "role:grant"} & NOT_ASKED.keys()
    assert excused == set()


def test_whoever_confirmed_is_not_asked(of_long_ago: Client, ada: Login) -> None:
    session = of_long_ago.session
    session["confirmed"] = session["began"]
    session.save()
    ids = things_of(ada)
    asked = [
        str(a)
        for a in console_addresses()
        if of_long_ago.get(a.path(ids)).headers.get("Location", "")[:8] == "/confirm"
    ]
    assert asked == []
