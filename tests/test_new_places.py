"""Use of a token from a new network or with a new tool is noticed, told once, and can be ended from the mail."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.exceptions import Conflict
from accounts.models import Login, OutboxMail
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Entry, Head
from audit.verbs import Verb
from config.worker.jobs import JOBS
from tests.api_calls import make_valid, valid_token
from tests.people import signed_in
from tests.threads import at_once
from tokens import actions
from tokens.actions import places
from tokens.actions.leaks import revoke_by_link
from tokens.actions.places import notice_new_places
from tokens.models import ELSEWHERE, AccessToken, PlacesRead, TokenPlace
from tokens.new_places import network_of
from tokens.revoke_links import LIFE, read

pytestmark = pytest.mark.django_db(transaction=True)

HOME, OTHER = "192.0.2.7", "203.0.113.9"
ASKED = ("Was this you?", "Waren Sie das?")
EXCEL, CURL = "Microsoft Excel/16", "curl/8.5"


@pytest.fixture(autouse=True)
def watched_from_now(db: None) -> None:
    seal()
    notice_new_places()


def use(jwt: str, address: str = HOME, tool: str = EXCEL, *, status: int = 200) -> None:
    answer = Client().get("/api/whoami", HTTP_AUTHORIZATION=f"Bearer {jwt}", HTTP_USER_AGENT=tool, REMOTE_ADDR=address)
    assert answer.status_code == status


def notice() -> list[OutboxMail]:
    """The mails that are written now, which are taken away."""
    seal()
    notice_new_places()
    found = [one for one in OutboxMail.objects.order_by("pk") if one.subject.startswith(ASKED)]
    OutboxMail.objects.all().delete()
    return found


def an_hour_later() -> None:
    for place in TokenPlace.objects.exclude(told_at=None):
        TokenPlace.objects.filter(pk=place.pk).update(told_at=place.told_at - timedelta(hours=1, seconds=1))


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"http://\S+(/not-mine/key/\S+)", mail.body)
    assert found
    return found[1]


def test_the_first_use_is_usual_and_so_is_the_same_again(olivia):
    _token, jwt = valid_token(olivia)
    use(jwt)
    assert notice() == []
    use(jwt)
    use(jwt, "192.0.2.200")  # of the same network
    assert notice() == []
    assert {(place.network, place.tool) for place in TokenPlace.objects.all()} == {("192.0.2.0/24", "Excel")}


@pytest.mark.parametrize(("address", "tool"), [(OTHER, EXCEL), (HOME, CURL)])
def test_a_new_network_or_tool_is_asked_about_once(olivia, address, tool):
    token, jwt = valid_token(olivia, name="Month end")
    use(jwt)
    assert notice() == []
    use(jwt, address, tool)
    (mail,) = notice()
    assert mail.to == "olivia@demo.example"
    assert mail.subject == "Was this you? New use of the access token Month end"
    assert f"Address: {address} ({network_of(address)})" in mail.body
    assert f"Tool: {'Excel' if tool == EXCEL else 'curl'}" in mail.body
    assert f"/tokens/{token.public_id}" in mail.body
    assert not any(part in mail.body for part in jwt.split("."))
    an_hour_later()
    use(jwt, address, tool)
    assert notice() == []


def test_it_is_on_record(olivia):
    token, jwt = valid_token(olivia)
    use(jwt)
    use(jwt, OTHER, CURL)
    notice()
    entry = Entry.objects.get(verb=Verb.TOKEN_NEW_USE)
    assert (entry.token_id, entry.channel, entry.organisation_id) == (token.public_id, "worker", olivia.organisation_id)
    assert entry.details == {"places": [f"curl, {OTHER}"], "to": ["olivia@demo.example"]}
    assert not TokenPlace.objects.exclude(address="").exists(), "addresses are kept until they are told"


def test_a_refused_call_is_no_use(olivia):
    _token, jwt = valid_token(olivia)
    use(jwt)
    notice()
    Login.objects.filter(pk=olivia.pk).update(enabled=False)
    use(jwt, OTHER, status=401)
    Login.objects.filter(pk=olivia.pk).update(enabled=True)
    assert notice() == []


def test_nobody_is_asked_about_a_token_that_was_revoked_meanwhile(olivia):
    token, jwt = valid_token(olivia)
    use(jwt)
    notice()
    use(jwt, OTHER)
    actions.revoke(token=token, by=Actor(label="Olivia", channel="console"))
    assert notice() == []


def test_an_hour_is_one_mail(olivia):
    _token, jwt = valid_token(olivia)
    use(jwt)
    use(jwt, OTHER)
    assert len(notice()) == 1
    use(jwt, "198.51.100.1")
    assert notice() == []
    use(jwt, "198.51.101.1", CURL)
    an_hour_later()
    (mail,) = notice()
    assert "198.51.100.1" in mail.body
    assert "198.51.101.1" in mail.body


def test_what_was_used_before_anybody_watched_is_usual(olivia):
    _token, jwt = valid_token(olivia)
    for address in (HOME, OTHER):
        use(jwt, address)
    seal()
    PlacesRead.objects.update(sequence=Head.objects.get().size)
    use(jwt, OTHER)
    assert notice() == []
    use(jwt, "198.51.100.1")
    assert len(notice()) == 1


def test_each_reader_gets_it_in_their_words(ada, olivia, robot):
    Login.objects.filter(pk=olivia.pk).update(language="de", time_zone="Asia/Tokyo")
    _token, jwt = valid_token(olivia)
    use(jwt)
    use(jwt, OTHER)
    (mail,) = notice()
    assert mail.subject.startswith("Waren Sie das?")
    assert "(Asia/Tokyo)" in mail.body
    _token, jwt = valid_token(robot)
    use(jwt)
    use(jwt, OTHER)
    (mail,) = notice()
    assert mail.to in {robot.contact.email, ada.email}


def test_from_everywhere_is_said_once(olivia, monkeypatch):
    monkeypatch.setattr(places, "PLACES_MOST", 3)
    _token, jwt = valid_token(olivia)
    for number in range(6):
        use(jwt, f"198.51.{number}.1")
    (mail,) = notice()
    assert "very many places" in mail.body
    assert TokenPlace.objects.count() == 4
    assert TokenPlace.objects.filter(network=ELSEWHERE).count() == 1
    an_hour_later()
    use(jwt, OTHER)
    assert notice() == []


def test_known_places_are_on_the_tokens_page(olivia):
    token, jwt = valid_token(olivia)
    for number in range(7):
        use(jwt, f"198.51.{number}.1", CURL)
    notice()
    page = signed_in(olivia).get(f"/tokens/{token.public_id}").content.decode()
    assert "Known places" in page
    assert "198.51.6.0/24" in page
    assert "and 2 others" in page


def test_a_made_up_past_is_nothing_to_ask_about(olivia):
    token, jwt = valid_token(olivia)
    seen = {"address": OTHER, "user_agent": CURL}
    common = {"verb": Verb.TOKEN_AUTHENTICATE, "channel": "demo", "token_id": token.public_id}
    for more in ({"address": HOME, "user_agent": EXCEL}, seen):
        Entry.objects.create(organisation_id=olivia.organisation_id, **common, **more)
    assert notice() == []
    use(jwt, OTHER, CURL)
    assert notice() == []
    use(jwt, "198.51.100.1")
    assert len(notice()) == 1


def test_two_workers_ask_once(olivia):
    jwts = [valid_token(olivia)[1] for _number in range(3)]
    for jwt in jwts:
        use(jwt)
        use(jwt, OTHER)
    seal()
    at_once(4, lambda _worker: notice_new_places())
    assert OutboxMail.objects.filter(subject__startswith="Was this you?").count() == 3
    assert Entry.objects.filter(verb=Verb.TOKEN_NEW_USE).count() == 3


@pytest.mark.parametrize("at", ["tell_new_use", "record_token", "_keep"])
def test_a_worker_that_dies_forgets_nothing(olivia, monkeypatch, at):
    _token, jwt = valid_token(olivia)
    use(jwt)
    notice()
    use(jwt, OTHER)
    seal()
    with monkeypatch.context() as dying:
        dying.setattr(places, at, lambda *_all, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            notice_new_places()
    assert not OutboxMail.objects.exists()
    assert not Entry.objects.filter(verb=Verb.TOKEN_NEW_USE).exists()
    assert len(notice()) == 1


def test_an_older_database_is_gone_on_with(olivia):
    PlacesRead.objects.update(sequence=10_000)
    _token, jwt = valid_token(olivia)
    use(jwt)
    assert notice() == []
    use(jwt, OTHER)
    assert len(notice()) == 1


def test_nothing_to_read_asks_little(olivia, django_assert_max_num_queries):
    notice()
    with django_assert_max_num_queries(3):
        notice_new_places()


def test_the_worker_does_it():
    assert {job.name: job.every for job in JOBS}["new places"] <= 60


def asked(olivia: Login) -> tuple[AccessToken, str, str]:
    token, jwt = valid_token(olivia)
    use(jwt)
    use(jwt, OTHER)
    (mail,) = notice()
    return token, jwt, link_in(mail)


def test_the_link_revokes_by_a_button_alone(ada, olivia):
    token, jwt, link = asked(olivia)
    stranger = Client(enforce_csrf_checks=True)
    page = stranger.get(link)
    assert page.status_code == 200
    assert token.name in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    use(jwt)  # opening it did nothing
    assert stranger.post(link).status_code == 403
    key = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert key
    answer = stranger.post(link, {"csrfmiddlewaretoken": key[1]}, REMOTE_ADDR="198.51.100.7")
    assert "The token is revoked" in answer.content.decode()
    use(jwt, status=401)
    entry = Entry.objects.get(verb=Verb.TOKEN_REVOKE)
    assert (entry.actor_id, entry.actor_label, entry.address) == ("", "Link in a mail", "198.51.100.7")
    assert entry.details == {"why": "not mine"}
    assert entry.path == "/not-mine/key"
    assert {mail.to for mail in OutboxMail.objects.all()} == {"olivia@demo.example", "ada@demo.example"}
    assert "revoked already" in stranger.get(link).content.decode()
    stranger.post(link, {"csrfmiddlewaretoken": key[1]})
    assert Entry.objects.filter(verb=Verb.TOKEN_REVOKE).count() == 1


def test_the_link_is_of_one_jwt(olivia):
    token, _jwt, link = asked(olivia)
    newer = make_valid(token)
    assert "Nothing to revoke" in Client().get(link).content.decode()
    Client().post(link)
    use(newer)
    with pytest.raises(Conflict):  # also when it was saved after the page looked
        revoke_by_link(link=read(link.rpartition("/")[2]), by=Actor(label="", channel="console"))
    use(newer)


def test_the_link_ends_after_seven_days(olivia, time_machine):
    _token, _jwt, link = asked(olivia)
    time_machine.move_to(timezone.now() + LIFE + timedelta(seconds=1))
    for answer in (Client().get(link), Client().post(link)):
        assert answer.status_code == 404
    assert not Entry.objects.filter(verb=Verb.TOKEN_REVOKE).exists()


def test_no_other_link_does_it(olivia):
    token, jwt, link = asked(olivia)
    digest = bytes(AccessToken.objects.get(pk=token.pk).digest or b"")[:16].hex()
    for forged in (
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        "/not-mine/key/" + signing.dumps([token.public_id, digest]),
        "/not-mine/key/" + signing.dumps([token.public_id, digest], salt="tokens.revoke_links", key="another"),
        "/not-mine/key/" + signing.dumps({"a": 1}, salt="tokens.revoke_links"),
        "/not-mine/key/x",
    ):
        assert Client().post(forged).status_code == 404
    use(jwt)


def test_of_clicks_at_once_one_revokes(olivia):
    _token, _jwt, link = asked(olivia)
    answers = at_once(4, lambda _click: Client().post(link).status_code)
    assert set(answers) <= {200, 409}
    assert Entry.objects.filter(verb=Verb.TOKEN_REVOKE).count() == 1


def test_networks():
    assert network_of("192.0.2.7") == "192.0.2.0/24"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::7%eth0") == "2001:db8:1::/48"
    assert (network_of(""), network_of(None), network_of("nonsense")) == ("", "", "")
