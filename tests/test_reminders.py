"""Owners are told 30, 7 and 1 days before a JWT ends: in their words, once, and if they could do something about it."""

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.actions.outbox import deliver_due
from accounts.models import Contact, Login, Organisation, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import make_valid
from tests.audit_entries import entry
from tests.cast import person
from tests.factories import AccessTokenFactory
from tests.servers import MailServer
from tests.token_story import created, edited, generated, signed_in
from tokens.actions.reminding import remind_owners
from tokens.models import AccessToken, Reminder
from tokens.reminders import DAYS

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def ending(owner: Login, days: float, *, life: float = 90, name: str = "Board pack", **more: Any) -> AccessToken:
    """A token whose JWT was made for ``life`` days and has ``days`` left."""
    token = AccessTokenFactory(owner=owner, name=name, **more)
    end = timezone.now() + days * DAY
    make_valid(token, expires_at=end, generated_at=end - life * DAY)
    token.refresh_from_db()
    return token


def days_pass(days: float) -> None:
    """The rows' times move, the clock stays. What was told moves with the ends that it was told of."""
    by = timedelta(days=days)
    AccessToken.objects.update(expires_at=F("expires_at") - by, generated_at=F("generated_at") - by)
    Reminder.objects.update(expires_at=F("expires_at") - by)


def mails() -> list[OutboxMail]:
    return list(OutboxMail.objects.order_by("pk"))


def told() -> list[str]:
    """The subjects of the reminders that were written, which are taken away."""
    subjects = [mail.subject for mail in mails() if not mail.subject.startswith("A JWT was generated")]
    OutboxMail.objects.all().delete()
    return subjects


def test_a_life_of_reminders(olivia: Login) -> None:
    """Looked at now and then through 90 days: three mails."""
    token, left = ending(olivia, 90), 90.0
    found = {}
    for days in (90, 60, 31, 30.1, 29.9, 29, 20, 8, 7.1, 6.9, 6, 2, 1.1, 0.9, 0.5, 0.1, -0.1, -3):
        days_pass(left - days)
        left = days
        if remind_owners():
            found[days] = told()
    assert found == {
        29.9: ["Your access token Board pack expires in 30 days"],
        6.9: ["Your access token Board pack expires in 7 days"],
        0.9: ["Your access token Board pack expires in 21 hours"],
    }
    entries = Entry.objects.filter(token_id=token.public_id)
    assert list(entries.order_by("pk").values_list("verb", "details__days")) == [
        (Verb.TOKEN_REMIND, days) for days in reversed(DAYS)
    ]


def test_what_the_mail_says(olivia: Login, smtp: MailServer, settings: Any) -> None:
    settings.PUBLIC_URL = "https://console.example"
    token = ending(olivia, 6.9, description="Monthly board pack, reads Energy.")
    entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, days_ago=2, user_agent="Microsoft.Data.Mashup", address="::1")
    for number in range(3):
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, days_ago=3, address=f"192.0.2.{number}")
    assert remind_owners() == "1 tokens of 1 owners"
    deliver_due()
    [mail] = smtp.mails
    body = bytes(mail.get_payload(decode=True)).decode().replace("\r\n", "\n")
    assert mail["To"] == olivia.email
    assert f"https://console.example/tokens/{token.public_id}\n" in body
    assert "Hello Olivia," in body
    assert "Monthly board pack, reads Energy." in body
    assert "every call with it is refused" in body
    assert "Power Query (Excel, Power BI) at ::1, last on" in body
    assert body.count("curl at 192.0.2.") == 2
    assert "And 1 other." in body
    assert "Generate a new JWT on its page" in body
    assert "eyJ" not in body
    assert "\n\n\n" not in body
    assert "{" not in body


def test_what_people_typed_stays_what_it_is(olivia: Login) -> None:
    hostile = "Mine\r\n\r\nWhat to do now:\n- Send the JWT to us. {{ token }} {% debug %} %(name)s <b>"
    ending(olivia, 6.9, name="{{ url }} %s <script>", description=hostile)
    remind_owners()
    [mail] = mails()
    assert (
        "\nDescription: Mine What to do now: - Send the JWT to us. {{ token }} {% debug %} %(name)s <b>\n" in mail.body
    )
    assert "Token Name: {{ url }} %s <script>\n" in mail.body
    assert mail.subject == "Your access token {{ url }} %s <script> expires in 7 days"


def test_one_never_used_and_one_with_a_chosen_date(olivia: Login) -> None:
    ending(olivia, 6, expiry_choice="date", expiry_date=dt.date(2099, 1, 1))
    remind_owners()
    [mail] = mails()
    assert "Nothing has called with it in 90 days." in mail.body
    assert "Edit Token takes a later one" in mail.body


@pytest.mark.parametrize(
    ("language", "zone", "greeting", "moment"),
    [
        ("en", "UTC", "Hello Olivia,", "28 March 2027, 23:30 (UTC)"),
        (
            "de",
            "Europe/Berlin",
            "Guten Tag Olivia,",
            "29. März 2027, 01:30 (Europe/Berlin)",
        ),  # summer time began that night
        ("tr", "Europe/Istanbul", "Merhaba Olivia,", "29 Mart 2027, 02:30 (Europe/Istanbul)"),
        ("fr", "Pacific/Kiritimati", "Bonjour Olivia,", "29 mars 2027, 13:30 (Pacific/Kiritimati)"),
        ("es", "America/St_Johns", "Hola, Olivia:", "28 de marzo de 2027, 21:00 (America/St_Johns)"),
    ],
)
def test_in_the_owners_language_and_time_zone(
    language: str, zone: str, greeting: str, moment: str, olivia: Login, time_machine: Any
) -> None:
    Login.objects.update(language=language, time_zone=zone)
    time_machine.move_to(dt.datetime(2027, 3, 23, tzinfo=dt.UTC))
    token = ending(olivia, 6)
    AccessToken.objects.filter(pk=token.pk).update(expires_at=dt.datetime(2027, 3, 28, 23, 30, tzinfo=dt.UTC))
    remind_owners()
    [mail] = mails()
    assert mail.body.startswith(greeting)
    assert moment in mail.body


@pytest.mark.parametrize(
    ("life", "days", "expected"),
    [
        (7, 6.9, []),
        (7, 1, [1]),
        (1, 0.9, []),
        (30, 29.9, []),
        (30, 7.1, []),
        (30, 6.9, [7]),
        (90, 31, []),
        (90, 30, [30]),
        (90, 3, [7]),  # the worker was away: the nearest alone
        (90, 0.01, [1]),
        (90, -0.01, []),
    ],
)
def test_when(life: float, days: float, expected: list[int], olivia: Login) -> None:
    ending(olivia, days, life=life)
    remind_owners()
    assert list(Reminder.objects.values_list("days", flat=True)) == expected
    assert len(mails()) == len(expected)
    assert not remind_owners()


def test_a_new_end_begins_anew(olivia: Login) -> None:
    token = created(olivia, name="Board pack", expiry_choice="90")
    generated(token)
    days_pass(84)
    remind_owners()
    assert told() == ["Your access token Board pack expires in 6 days"]
    AccessToken.objects.filter(pk=token.pk).update(generated_at=timezone.now())
    generated(token)
    assert not remind_owners()
    days_pass(60)
    remind_owners()
    assert told() == ["Your access token Board pack expires in 30 days"]
    edited(token, expiry_choice="60")  # counted from Generate: it ends today
    token.refresh_from_db()
    days_pass((token.expires_at - timezone.now()) / DAY - 0.55)
    remind_owners()
    assert told() == ["Your access token Board pack expires in 13 hours"]


def test_what_ends_together_is_one_mail(olivia: Login, peter: Login) -> None:
    Login.objects.filter(pk=peter.pk).update(has_personal_role=True)
    for number in range(10):
        ending(olivia, 7 + number / 24 / 2, name=f"Load {number}")  # made within five hours
    ending(olivia, 0.5, name="Nightly")
    ending(olivia, 31, name="Later")
    ending(peter, 7, name="Peter's")
    remind_owners()
    by_reader = {mail.to: mail for mail in mails()}
    assert sorted(by_reader) == [olivia.email, peter.email]
    mail = by_reader[olivia.email]
    assert mail.subject == "11 access tokens of yours expire soon"
    assert mail.body.index("Nightly") < mail.body.index("Load 0") < mail.body.index("Load 9")
    assert "Later" not in mail.body
    assert "Peter's" not in mail.body
    assert Entry.objects.filter(verb=Verb.TOKEN_REMIND).count() == 12
    assert not remind_owners()


@pytest.mark.parametrize(
    "change",
    [
        {"owner": {"enabled": False}},
        {"owner": {"expires_at": "yesterday"}},
        {"owner": {"has_personal_role": False}},
        {"organisation": {"suspended_at": "yesterday"}},
        {"token": {"revoked_at": "yesterday"}},
        {"token": {"kind": "client_credentials"}},
        {"token": {"expires_at": None}},
    ],
    ids=str,
)
def test_who_is_not_told(change: dict[str, dict[str, Any]], olivia: Login) -> None:
    token = ending(olivia, 6)
    [(what, values)] = change.items()
    rows = {"owner": Login.objects, "organisation": Organisation.objects, "token": AccessToken.objects}[what]
    values = {name: timezone.now() - DAY if value == "yesterday" else value for name, value in values.items()}
    rows.update(**values)
    assert not remind_owners()
    assert not OutboxMail.objects.exists()
    assert not Entry.objects.filter(token_id=token.public_id).exists()


def test_a_service_logins_contact_is_told_in_the_logins_words(robot: Login) -> None:
    Contact.objects.filter(pk=robot.contact_id).update(email="integrations@demo.example")
    token = ending(robot, 6)
    remind_owners()
    [mail] = mails()
    assert mail.to == "integrations@demo.example"
    assert mail.subject == "The access token Board pack of Robot expires in 6 days"
    assert f"/logins/{robot.public_id}/tokens/{token.public_id}" in mail.body
    assert "Ask a System Administrator with the Admin role" in mail.body


def test_without_an_address_those_with_the_admin_role_are_told(robot: Login, ada: Login, olga: Login) -> None:
    person(robot.organisation, "Second", "Owner", "second@demo.example", user_type="owner")  # without the Admin role
    grace = person(
        robot.organisation, "Grace", "Hopper", "grace@demo.example",
        user_type="owner", has_admin_role=True, language="de", time_zone="Europe/Berlin",
    )  # fmt: skip
    Contact.objects.filter(pk=robot.contact_id).update(email="")
    ending(robot, 6)
    remind_owners()
    by_reader = {mail.to: mail.body for mail in mails()}
    assert sorted(by_reader) == [ada.email, grace.email]
    assert "(UTC)" in by_reader[ada.email]
    assert "(Europe/Berlin)" in by_reader[grace.email]
    assert "Generate a new JWT on its page" in by_reader[ada.email]
    assert Entry.objects.get(verb=Verb.TOKEN_REMIND).details["to"] == [ada.email, grace.email]


def test_nobody_to_tell_is_told_later(robot: Login) -> None:
    Contact.objects.filter(pk=robot.contact_id).update(email="")
    ending(robot, 6)
    assert not remind_owners()
    assert not Reminder.objects.exists()
    Contact.objects.filter(pk=robot.contact_id).update(email="integrations@demo.example")
    assert remind_owners()


def test_an_owner_who_may_not_generate_is_sent_to_who_may(vera: Login) -> None:
    Login.objects.filter(pk=vera.pk).update(has_personal_role=True)  # as it could be only past the rules
    ending(vera, 6)
    remind_owners()
    assert "Ask a System Administrator with the Admin role" in mails()[0].body


def test_the_entry_tells_what_was_told(olivia: Login) -> None:
    token = ending(olivia, 6)
    remind_owners()
    found = Entry.objects.get(verb=Verb.TOKEN_REMIND)
    assert (found.token_id, found.token_name, found.owner_id) == (token.public_id, token.name, olivia.public_id)
    assert (found.channel, found.organisation_id) == ("worker", olivia.organisation_id)
    assert found.details == {"days": 7, "expires_at": token.expires_at.isoformat(), "to": [olivia.email]}


def test_the_activity_log_shows_it_in_words(olivia: Login, ada: Login) -> None:
    ending(olivia, 6)
    remind_owners()
    key = Entry.objects.get(verb=Verb.TOKEN_REMIND).pk
    page = signed_in(ada).get(f"/administrator/activity/{key}").content.decode()
    for words in ("Owner reminded", "Days before the end", "Expiry Date", olivia.email, "Background worker"):
        assert words in page


def test_what_was_told_is_forgotten_a_month_after_the_end(olivia: Login) -> None:
    ending(olivia, 6)
    remind_owners()
    days_pass(35)
    remind_owners()
    assert Reminder.objects.exists()
    days_pass(2)
    remind_owners()
    assert not Reminder.objects.exists()


def test_the_console_asks_as_often_for_many_tokens(olivia: Login, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        ending(olivia, 100, name=f"Far {number}")
        ending(olivia, 20, name=f"Told {number}")
    remind_owners()
    with django_assert_max_num_queries(3):
        remind_owners()
