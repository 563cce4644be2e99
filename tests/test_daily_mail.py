"""Each morning System Administrators get one mail: what the day before was like, and the ledger's newest checkpoint."""

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actions.outbox import deliver_due
from accounts.actions.roles import add_role
from accounts.models import Contact, Login, Organisation, OutboxMail
from accounts.roles import TokenRole
from audit.actions.sealing import seal
from audit.models import Checkpoint, Head
from audit.seals import notes
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.cast import person
from tests.factories import AccessTokenFactory
from tests.servers import MailServer
from tests.test_organisation_page import typed
from tests.test_reminders import ending
from tests.token_story import actor, signed_in
from tokens.actions.daily_mail import write_due
from tokens.models import AccessToken, DailyMail
from tokens.views.organisation import GENERAL

pytestmark = pytest.mark.django_db

MORNING = dt.datetime(2027, 3, 10, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def morning(time_machine: Any) -> Any:
    """A morning in UTC, some time after the cast was made."""
    time_machine.move_to(MORNING)
    return time_machine


@pytest.fixture
def ada(ada: Login) -> Login:
    """She was there the day before."""
    Login.objects.update(created_at=MORNING - timedelta(days=100))
    return ada


def mails() -> dict[str, OutboxMail]:
    found = {mail.to: mail for mail in OutboxMail.objects.all()}
    assert len(found) == OutboxMail.objects.count()  # one for each
    return found


def calls(token: AccessToken, count: int, at: dt.datetime, **more: Any) -> None:
    for _number in range(count):
        entry(token.owner, Verb.TOKEN_AUTHENTICATE, token=token, at=at, **more)


def test_what_the_mail_says(ada: Login, olivia: Login, olga: Login, morning: Any) -> None:
    Login.objects.filter(pk=olga.pk).update(enabled=False)
    token = AccessTokenFactory(owner=olivia, name="Board pack")
    yesterday = MORNING - timedelta(hours=20)
    calls(token, 3, yesterday)
    calls(token, 2, yesterday, result="fail", reason="expired")
    calls(token, 1, yesterday, result="fail", reason="role_missing")
    calls(token, 1, yesterday, result="fail", reason="expired", channel="worker", details={"unrecorded": 1200})
    calls(token, 5, MORNING - timedelta(days=2))
    calls(AccessTokenFactory(owner=olga), 7, yesterday)
    calls(token, 1, MORNING - timedelta(hours=1), result="fail", reason="revoked")
    with transaction.atomic():
        entry(olivia, Verb.ROLE_ADD_PERSONAL, at=yesterday, actor_label="Ada Byron")
    ending(olivia, 5, name="Nightly load")
    ending(olivia, 20, name="Later")
    idle = AccessTokenFactory(owner=olivia, name="Idle", digest=b"i" * 32, generated_at=MORNING - timedelta(days=200))
    AccessToken.objects.filter(pk=idle.pk).update(last_used_at=MORNING - timedelta(days=91))
    assert write_due() == "1 written"
    mail = mails()[ada.email]
    assert mail.subject == "Demo Organisation on Tuesday 9 March 2027"
    text = mail.body
    for line in (
        "Hello Ada,",
        "this is what happened at Demo Organisation on Tuesday 9 March 2027 (UTC)",
        "- 3 calls were admitted.",
        "- 1,203 calls were refused.",
        "- JWT expired: 1,202\n- Personal role missing: 1\n",
        "- Nightly load, of Olivia Novak: 15 March 2027, 06:30\n",
        "- Board pack, of Olivia Novak: Token revoked\n",
        "- 9 March 2027, 10:30: Personal role added, olivia@demo.example, by Ada Byron\n",
        "- 1 access token that never expires was not used for 90 days.\n",
        "There is none yet: nothing was sealed so far.",
    ):
        assert line in text
    assert "Later" not in text
    assert "\n\n\n" not in text
    assert "eyJ" not in text
    assert "{" not in text


def test_a_quiet_day(ada: Login, morning: Any) -> None:
    write_due()
    text = mails()[ada.email].body
    assert "- 0 calls were admitted.\n- 0 calls were refused.\n" in text
    assert "Why calls" not in text
    assert "Changes of rights" not in text


def test_many_are_counted_not_listed(ada: Login, olivia: Login, morning: Any) -> None:
    for number in range(13):
        ending(olivia, 5, name=f"Load {number}")
    write_due()
    text = mails()[ada.email].body
    assert text.count("- Load ") == 10
    assert "- And 3 others." in text


def test_the_checkpoint_in_the_mail_can_be_verified(
    ada: Login, olivia: Login, smtp: MailServer, settings: Any, tmp_path: Any, time_machine: Any
) -> None:
    """As it comes out of the mail server: the lines alone are enough."""
    settings.LEDGER_DIR = tmp_path / "ledger"
    with transaction.atomic():
        add_role(
            login=person(ada.organisation, "New", "One", "new@demo.example"), role=TokenRole.PERSONAL, by=actor(ada)
        )
    seal()
    time_machine.move_to(MORNING)
    write_due()
    deliver_due()
    [mail] = [mail for mail in smtp.mails if mail["To"] == ada.email]
    text = bytes(mail.get_payload(decode=True)).decode().replace("\r\n", "\n")
    before, _sentence, after = text.partition("Keep this mail.")
    assert before
    note = "\n".join(after.split("\n")[2:7]) + "\n"
    [line] = [line for line in after.split("\n") if line.startswith(f"{Head.objects.get().name}+")]
    found = notes.read(note, notes.Verifier.from_line(line))
    newest = Checkpoint.objects.get()
    assert (found.size, found.root) == (newest.size, bytes(newest.root))
    assert note == newest.note


@pytest.mark.parametrize(
    ("language", "greeting", "weekday"),
    [
        ("de", "Guten Tag Ada,", "Dienstag, 9. März 2027"),
        ("tr", "Merhaba Ada,", "9 Mart 2027"),
        ("fr", "Bonjour Ada,", "mardi 9 mars 2027"),
        ("es", "Hola, Ada:", "martes, 9 de marzo de 2027"),
    ],
)
def test_in_the_readers_language(language: str, greeting: str, weekday: str, ada: Login, morning: Any) -> None:
    Login.objects.filter(pk=ada.pk).update(language=language)
    write_due()
    [mail] = mails().values()
    assert mail.body.startswith(greeting)
    assert weekday in mail.subject
    assert weekday in mail.body


@pytest.mark.parametrize(
    ("zone", "before", "after", "told"),
    [
        ("UTC", "2027-03-10T05:59:59+00:00", "2027-03-10T06:00:00+00:00", "9 March 2027 (UTC)"),
        ("Europe/Istanbul", "2027-03-10T02:59:59+00:00", "2027-03-10T03:00:00+00:00", "9 March 2027"),
        ("Pacific/Kiritimati", "2027-03-09T15:59:59+00:00", "2027-03-09T16:00:00+00:00", "9 March 2027"),
        # The clocks are put forward in that night, and back in that one.
        ("America/New_York", "2027-03-14T09:59:59+00:00", "2027-03-14T10:00:00+00:00", "13 March 2027"),
        ("America/New_York", "2027-11-07T10:59:59+00:00", "2027-11-07T11:00:00+00:00", "6 November 2027"),
    ],
)
def test_soon_after_six_in_the_readers_zone(
    zone: str, before: str, after: str, told: str, ada: Login, time_machine: Any
) -> None:
    Login.objects.filter(pk=ada.pk).update(time_zone=zone)
    DailyMail.objects.create(login=ada, day=dt.datetime.fromisoformat(before).date() - timedelta(days=1))
    time_machine.move_to(dt.datetime.fromisoformat(before))
    assert not write_due()
    time_machine.move_to(dt.datetime.fromisoformat(after))
    assert write_due()
    assert told in mails()[ada.email].body
    assert not write_due()


def test_a_day_is_as_long_as_its_zone_makes_it(ada: Login, olivia: Login, time_machine: Any) -> None:
    """On 28 March 2027 the clocks of Berlin go from 02:00 to 03:00: from 23:00 to 22:00 in UTC."""
    Login.objects.filter(pk=ada.pk).update(time_zone="Europe/Berlin")
    token = AccessTokenFactory(owner=olivia)
    for moment in ("27T22:59:59", "27T23:00:00", "28T12:00:00", "28T21:59:59", "28T22:00:00"):
        calls(token, 1, dt.datetime.fromisoformat(f"2027-03-{moment}+00:00"))
    time_machine.move_to(dt.datetime(2027, 3, 29, 5, tzinfo=dt.UTC))
    write_due()
    assert "- 3 calls were admitted." in mails()[ada.email].body


def test_once_a_day_and_a_missed_day_is_not_made_up_for(ada: Login, morning: Any) -> None:
    told = []
    for hours in (0, 1, 17, 18, 24, 25, 24 * 4, 24 * 4 + 15):
        morning.move_to(MORNING + timedelta(hours=hours))
        if write_due():
            told.append((hours, DailyMail.objects.latest("day").day.day))
    assert told == [(0, 10), (24, 11), (24 * 4, 14)]


def test_a_zone_that_is_changed_to_one_behind_gives_no_day_twice(ada: Login, morning: Any) -> None:
    Login.objects.filter(pk=ada.pk).update(time_zone="Pacific/Kiritimati")
    assert write_due()
    Login.objects.filter(pk=ada.pk).update(time_zone="Pacific/Honolulu")
    for hours in range(24):
        morning.move_to(MORNING + timedelta(hours=hours))
        assert not write_due()
    morning.move_to(MORNING + timedelta(hours=34))
    assert write_due()


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"is_service": True},
        {"email": "", "contact": ""},
        {"expires_at": MORNING - timedelta(days=1)},
        {"created_at": MORNING - timedelta(minutes=1)},  # since six
        {"user_type": "general-user"},
        {"organisation": {"daily_mail": False}},
        {"organisation": {"suspended_at": MORNING}},
    ],
    ids=str,
)
def test_who_gets_none(change: dict[str, Any], ada: Login, morning: Any) -> None:
    change = dict(change)
    Organisation.objects.update(**change.pop("organisation", {}))
    if "contact" in change:
        Contact.objects.update(email=change.pop("contact"))
    if slug := change.pop("user_type", None):
        ada.assignments.update(user_type=ada.organisation.user_types.get(slug=slug))
    if change:
        Login.objects.filter(pk=ada.pk).update(**change)
    assert not write_due()
    assert not OutboxMail.objects.exists()


def test_each_administrator_of_each_organisation(ada: Login, olivia: Login, olga: Login, morning: Any) -> None:
    grace = person(
        ada.organisation, "Grace", "Hopper", "grace@demo.example",
        user_type="owner", time_zone="Europe/Berlin", language="de",
    )  # fmt: skip
    Login.objects.update(created_at=MORNING - timedelta(days=100))
    assert write_due() == "3 written"
    found = mails()
    assert sorted(found) == sorted([ada.email, grace.email, olga.email])
    assert "Other Organisation" in found[olga.email].body
    assert "Demo Organisation" not in found[olga.email].body
    assert "(Europe/Berlin)" in found[grace.email].body


def test_mail_that_did_not_arrive_is_told(ada: Login, morning: Any) -> None:
    lost = {"organisation": ada.organisation, "to": "a@demo.example", "subject": "s", "body": "b"}
    OutboxMail.objects.create(message_id="1", given_up_at=timezone.now() - timedelta(hours=12), **lost)
    write_due()
    assert "1 mail of the last 7 days could not be delivered" in mails()[ada.email].body


def test_the_setting_is_on_the_organisations_page(ada: Login, morning: Any) -> None:
    client = signed_in(ada)
    page = client.get("/configuration/organisation").content.decode()
    assert "soon after 06:00 in their time zone" in page
    client.post(GENERAL.url, typed(ada.organisation, GENERAL, daily_mail=False))
    assert not write_due()
    client.post(GENERAL.url, typed(ada.organisation, GENERAL, daily_mail=True))
    assert write_due()


def test_what_was_written_is_forgotten_after_a_week(ada: Login, morning: Any) -> None:
    write_due()
    Organisation.objects.update(daily_mail=False)
    morning.move_to(MORNING + timedelta(days=7))
    write_due()
    assert DailyMail.objects.exists()
    morning.move_to(MORNING + timedelta(days=8))
    write_due()
    assert not DailyMail.objects.exists()


def test_it_asks_as_often_for_much(ada: Login, olivia: Login, morning: Any, django_assert_max_num_queries: Any) -> None:
    yesterday = MORNING - timedelta(hours=20)
    for number in range(15):
        token = ending(olivia, 5, name=f"Load {number}")
        calls(token, 2, yesterday, result="fail", reason=f"reason {number}")
        calls(token, 1, MORNING - timedelta(hours=1), result="fail", reason="expired")
        entry(olivia, Verb.ROLE_ADD_PERSONAL, at=yesterday)
    with django_assert_max_num_queries(32):
        write_due()
