"""The lists of networks on the pages: what may be typed, what is told before calls are refused, what is on record."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from accounts.networks import MOST
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.test_organisation_page import change, typed
from tests.token_story import actor, created, edited, signed_in
from tokens import actions
from tokens.models import AccessToken
from tokens.views.organisation import NETWORKS

pytestmark = pytest.mark.django_db

NEW = {"name": "LabTest", "expires_on": "30", "scopes": ["1", "2"]}
TYPED = " 192.0.2.7 \r\n\r\n10.0.0.0/8, 2001:db8::/32\r\n192.0.2.7/32"
STORED = "{192.0.2.7/32,10.0.0.0/8,2001:db8::/32}"
IN_WORDS = ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32"]


def body(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.fixture
def olivias(olivia: Login) -> Client:
    return signed_in(olivia)


def used_from(token: AccessToken, *addresses: str, **more: Any) -> None:
    """As if the token had called from there."""
    values = {
        "verb": Verb.TOKEN_AUTHENTICATE, "result": "ok", "channel": "api", "owner_id": token.owner.public_id,
        "organisation_id": token.owner.organisation_id, "token_id": token.public_id, "token_name": token.name, **more,
    }  # fmt: skip
    for address in addresses:
        Entry.objects.create(address=address, **values)


# --- One token -------------------------------------------------------------------------------------------------------


def test_a_token_is_made_with_networks(olivias: Client) -> None:
    page = body(olivias.get("/tokens/new"))
    assert 'name="allowed_networks"' in page
    assert "You are at 127.0.0.1." in page
    assert olivias.post("/tokens/new", {**NEW, "allowed_networks": TYPED}).status_code == 303
    token = AccessToken.objects.get()
    assert token.allowed_networks == STORED
    assert Entry.objects.get(verb=Verb.TOKEN_CREATE).details["after"]["allowed_networks"] == IN_WORDS
    assert "192.0.2.7, 10.0.0.0/8, 2001:db8::/32" in body(olivias.get(f"/tokens/{token.public_id}"))
    assert "192.0.2.7\n10.0.0.0/8\n2001:db8::/32" in body(olivias.get(f"/tokens/{token.public_id}/edit"))


def test_without_any_it_may_be_used_everywhere(olivias: Client) -> None:
    olivias.post("/tokens/new", {**NEW, "allowed_networks": " \r\n "})
    token = AccessToken.objects.get()
    assert token.allowed_networks is None
    assert "everywhere" in body(olivias.get(f"/tokens/{token.public_id}"))


WRONG = {
    "10.1.2.3/8": "Line 1: 10.1.2.3/8 says more than its network has. Write 10.0.0.0/8.",
    "192.0.2.7\nnowhere": "Line 2: “nowhere” is no address and no network.",
    "192.0.2.256": "Line 1: “192.0.2.256” is no address",
    "192.0.2.0/33": "Line 1: “192.0.2.0/33” is no address",
    "::ffff:192.0.2.7": "Line 1: ::ffff:192.0.2.7 says more than its network has. Write 192.0.2.7.",
    "fe80::1%eth0/64": "Line 1:",
    "0x7f000001": "Line 1:",
    "2130706433": "Line 1:",
    "192.0.2.7\x00": "",
    "{192.0.2.0/24}": "Line 1:",
    "'); DROP TABLE tokens_accesstoken; --": "Line 1:",
    "１９２.0.2.7": "Line 1:",
    "x" * 6_000: "",
    "\n".join(f"10.0.{number}.0/24" for number in range(MOST + 1)): "50 networks are the most.",
}


@pytest.mark.parametrize(("networks", "words"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_no_network_is_told_by_its_line(olivias: Client, networks: str, words: str) -> None:
    response = olivias.post("/tokens/new", {**NEW, "allowed_networks": networks})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"allowed_networks"}
    assert any(words in error for error in response.context["form"].errors["allowed_networks"])
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("stored", ["", "{}", "192.0.2.7", "{192.0.2.7}", "{nowhere}", "{10.0.0.0/8", "NULL"])
def test_the_action_takes_only_what_admission_can_read(olivia: Login, stored: str) -> None:
    with pytest.raises(Refused) as refused:
        created(olivia, allowed_networks=stored)
    assert refused.value.code == "allowed_networks"
    token = created(olivia)
    with pytest.raises(Refused):
        edited(token, allowed_networks=stored)
    assert AccessToken.objects.get().allowed_networks is None


def test_an_edit_acts_at_once_keeps_the_jwt_and_is_on_record(olivias: Client, olivia: Login) -> None:
    token, _text = valid_token(olivia, name="LabTest")
    digest = bytes(token.digest or b"")
    response = olivias.post(
        f"/tokens/{token.public_id}/edit",
        {**NEW, "expires_on": token.expiry_choice, "allowed_networks": "192.0.2.0/24"},
        follow=True,
    )
    assert "From now on calls are admitted only from 192.0.2.0/24." in body(response)
    token.refresh_from_db()
    assert (token.allowed_networks, bytes(token.digest or b"")) == ("{192.0.2.0/24}", digest)
    details = Entry.objects.get(verb=Verb.TOKEN_UPDATE).details
    assert (details["before"], details["after"]) == ({"allowed_networks": None}, {"allowed_networks": ["192.0.2.0/24"]})
    edited(token, allowed_networks=None)
    assert Entry.objects.filter(verb=Verb.TOKEN_UPDATE).latest("id").details["after"] == {"allowed_networks": None}


def test_a_shown_jwt_outlives_a_change_of_networks(olivia: Login) -> None:
    token = created(olivia)
    shown = actions.generate(token=token, by=actor(olivia))
    token.refresh_from_db()
    edited(token, allowed_networks="{192.0.2.0/24}")
    actions.save(token=token, dialog=shown.dialog, by=actor(olivia))
    token.refresh_from_db()
    assert token.allowed_networks == "{192.0.2.0/24}"


def test_addresses_that_would_be_refused_are_told_once(olivias: Client, olivia: Login) -> None:
    token, _text = valid_token(olivia, name="LabTest")
    used_from(token, "198.51.100.7", "198.51.100.7", "192.0.2.9")
    used_from(token, "203.0.113.200", result="fail", reason="expired")
    used_from(token, "203.0.113.201", at=timezone.now() - timedelta(days=31))
    address, data = (
        f"/tokens/{token.public_id}/edit",
        {**NEW, "expires_on": token.expiry_choice, "allowed_networks": "192.0.2.0/24"},
    )
    told = olivias.post(address, data)
    assert told.status_code == 200
    assert "198.51.100.7</code> (2 calls" in body(told)
    for other in ("192.0.2.9", "203.0.113.200", "203.0.113.201"):
        assert other not in body(told), other
    token.refresh_from_db()
    assert token.allowed_networks is None
    confirmed = {**data, "confirmed": "{192.0.2.0/24}"}
    assert 'name="confirmed" value="{192.0.2.0/24}"' in body(told)
    other = olivias.post(address, {**confirmed, "allowed_networks": "192.0.2.0/25"})
    assert other.status_code == 200, "another list than the one that was told of"
    assert olivias.post(address, confirmed).status_code == 303
    token.refresh_from_db()
    assert token.allowed_networks == "{192.0.2.0/24}"


def test_a_token_hands_its_networks_on(olivia: Login) -> None:
    maker, _text = valid_token(olivia, name="Maker", scopes=7)
    AccessToken.objects.filter(pk=maker.pk).update(allowed_networks=STORED)
    child = created(olivia, "Child", made_with=maker, allowed_networks=None)
    assert child.allowed_networks == STORED


# --- The organisation ------------------------------------------------------------------------------------------------


def test_the_organisations_card(ada: Login) -> None:
    client = signed_in(ada)
    assert "Everywhere" in body(client.get("/configuration/organisation"))
    page = body(client.get(NETWORKS.url))
    assert "You are at 127.0.0.1." in page
    assert "Signing in to this console is not limited by it." in page
    data = {**typed(ada.organisation, NETWORKS), "allowed_networks": TYPED}
    assert client.post(NETWORKS.url, data).status_code == 303
    assert Organisation.objects.get(pk=ada.organisation_id).allowed_networks == STORED
    details = Entry.objects.get(verb=Verb.ORGANISATION_UPDATE).details
    assert details == {"before": {"allowed_networks": None}, "after": {"allowed_networks": IN_WORDS}}
    assert "192.0.2.7, 10.0.0.0/8, 2001:db8::/32" in body(client.get("/configuration/organisation"))
    assert client.post(NETWORKS.url, data).status_code == 409, "typed on a page from before"


@pytest.mark.parametrize("networks", list(WRONG)[:4])
def test_what_is_no_network_is_refused_by_page_and_action(ada: Login, networks: str) -> None:
    data = {**typed(ada.organisation, NETWORKS), "allowed_networks": networks, "confirmed": "1"}
    assert signed_in(ada).post(NETWORKS.url, data).status_code == 422
    with pytest.raises(Refused) as refused:
        change(ada, allowed_networks="{10.1.2.3/8}")
    assert refused.value.code == "allowed_networks"


def test_tokens_that_call_from_outside_are_named_before(ada: Login, olivia: Login, olga: Login) -> None:
    power_bi, excel, gone, foreign = (
        valid_token(owner, name=name)[0]
        for owner, name in ((olivia, "Power BI"), (olivia, "Excel"), (olivia, "Gone"), (olga, "Foreign"))
    )
    AccessToken.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    for token in (power_bi, gone, foreign):
        used_from(token, "198.51.100.7", "192.0.2.9")
    used_from(excel, "192.0.2.9")
    used_from(excel, "198.51.100.8", at=timezone.now() - timedelta(days=31))
    client, data = signed_in(ada), {**typed(ada.organisation, NETWORKS), "allowed_networks": "192.0.2.0/24"}
    told = client.post(NETWORKS.url, data)
    text = body(told)
    assert told.status_code == 200
    assert "1 token was used within the last 30 days from an address outside." in text
    assert "Power BI (198.51.100.7)" in text
    for other in ("Excel", "Gone", "Foreign"):
        assert f"{other} (" not in text
    assert Organisation.objects.get(pk=ada.organisation_id).allowed_networks is None
    assert client.post(NETWORKS.url, {**data, "confirmed": "1"}).status_code == 303
    assert "as Demo Organisation allows: 192.0.2.0/24" in body(signed_in(olivia).get(f"/tokens/{power_bi.public_id}"))
    wider = {**typed(ada.organisation, NETWORKS), "allowed_networks": ""}
    assert client.post(NETWORKS.url, wider).status_code == 303, "who opens it refuses nobody"


def test_every_address_is_found_once_however_many_entries_it_has(ada: Login, olga: Login) -> None:
    token, other = valid_token(ada)[0], valid_token(olga)[0]
    used_from(token, *["198.51.100.7"] * 5, "2001:db8::1", "", "192.0.2.9")
    used_from(other, "203.0.113.1")
    found = Entry.objects.addresses_of(ada.organisation_id, 100)
    assert sorted(found) == ["192.0.2.9", "198.51.100.7", "2001:db8::1"]
    assert len(Entry.objects.addresses_of(ada.organisation_id, 2)) <= 2
    assert Entry.objects.addresses_of(0, 100) == []
