"""Create, edit and delete contacts and logins: what the forms take, what is told, and what is on record."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Contact, Login, OutboxMail
from audit.models import Entry
from tests.cast import Places
from tests.factories import PASSWORD, AccessTokenFactory, ContactFactory, LoginFactory
from tests.people import address, fresh, login_fields, new_user, signed_in, version_in
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db


def entry(verb: str) -> Entry:
    return Entry.objects.get(verb=verb)


# --- Create New User


def test_a_user_is_a_contact_and_a_login_at_once(ada: Login, places: Places) -> None:
    response = signed_in(ada).post(
        address("create_user"),
        new_user(
            department=["whole", places.south.public_id], user_type=["general-user", "view-only"],
            expires_on="2030-03-31", phone="+47 22 00 00 00",
        ),
    )  # fmt: skip
    login = Login.objects.get(user_name="nora.lund@demo.example")
    assert response.status_code == 303
    assert response["Location"] == address("logins", login.contact)
    assert (login.label, login.email, login.contact.phone) == ("Nora Lund", "nora.lund@demo.example", "+47 22 00 00 00")
    assert (login.language, login.time_zone, login.organisation) == ("de", "Europe/Berlin", ada.organisation)
    assert login.expires_at == datetime(2030, 3, 31, 22, tzinfo=UTC)  # 24:00 in Berlin, where it is summer by then
    assert not login.has_usable_password()
    assert {(a.user_type.slug, a.department) for a in login.assignments_now} == {
        ("general-user", None), ("view-only", places.south),
    }  # fmt: skip
    assert [e.verb for e in Entry.objects.exclude(verb__startswith="login.sign").order_by("pk")] == [
        "contact.create", "login.create", "login.invite",
    ]  # fmt: skip
    kept = entry("login.create").details["after"]
    assert kept["kind"] == "person"
    assert {"user_type": "View Only", "department": "Energy › South"} in kept["assignments"]


def test_the_activation_mail_holds_a_link_and_no_password(ada: Login, client) -> None:
    signed_in(ada).post(address("create_user"), new_user())
    mail = OutboxMail.objects.get()
    assert mail.to == "nora.lund@demo.example"
    assert "/activate/lgn_" in mail.body
    link = next(word for word in mail.body.split() if "/activate/" in word)
    page = client.get(link[link.index("/activate/") :])
    assert page.status_code == 200
    assert "Nora Lund" in page.content.decode()


@pytest.mark.parametrize(
    ("more", "invited"),
    [({"send_activation": None}, False), ({"enabled": None}, False), ({"kind": "sso"}, False), ({}, True)],
)
def test_the_mail_goes_to_who_can_use_it(ada: Login, more: dict, invited: bool) -> None:
    assert signed_in(ada).post(address("create_user"), new_user(**more)).status_code == 303
    assert OutboxMail.objects.exists() == invited


def test_a_service_login_has_no_password_no_mail_and_says_so(ada: Login) -> None:
    client = signed_in(ada)
    response = client.post(
        address("create_user"), new_user(kind="service", user_name="loader", email="", last_name=""), follow=True
    )
    login = Login.objects.get(user_name="loader")
    assert (login.is_service, login.email, login.has_usable_password()) == (True, "", False)
    assert "it has no password and never signs in" in response.content.decode()
    assert not OutboxMail.objects.exists()
    for deed in ("send_activation_mail", "reset_login_password", "force_password_change", "set_as_sso"):
        assert client.post(address(deed, login)).status_code == 422, deed


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"first_name": ""}, "Give at least the first name."),
        ({"email": ""}, "A login with a password needs a mail address"),
        ({"email": "nobody"}, "This is no mail address."),
        ({"user_name": "Nora Lund"}, "Letters, digits and the signs of a mail address only."),
        ({"user_name": "ADA@demo.example"}, "is somebody&#x27;s user name already"),
        ({"user_name": "OLGA@other.example"}, "is somebody&#x27;s user name already"),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"expires_on": "2300-01-01"}, "before the year 2200"),
        ({"time_zone": "Europe/Atlantis"}, "Select a valid choice"),
        ({"language": "xx"}, "Select a valid choice"),
        ({"kind": "root"}, "Select a valid choice"),
        ({"user_type": [""]}, "Choose at least one user type"),
        ({"user_type": ["nothing"]}, "is there no more"),
        ({"department": ["dep_nowhere"]}, "is there no more"),
        ({"last_name": "Lund\u202egro.elpmaxe"}, "signs that cannot be seen"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_stays(ada: Login, olga: Login, more: dict, told: str) -> None:
    response = signed_in(ada).post(address("create_user"), new_user(phone="+47 1", **more))
    assert response.status_code == 422
    page = response.content.decode()
    assert told in page
    assert 'value="+47 1"' in page
    assert Contact.objects.count() == 2
    assert not OutboxMail.objects.exists()


def test_one_missing_mail_address_is_one_complaint(ada: Login) -> None:
    page = signed_in(ada).post(address("create_user"), new_user(email="")).content.decode()
    assert "A login with a password needs a mail address" in page
    assert "Give a user name" not in page


def test_a_system_administrator_is_one_everywhere(ada: Login, places: Places) -> None:
    rows = {"department": [places.south.public_id], "user_type": ["owner"]}
    response = signed_in(ada).post(address("create_user"), new_user(**rows))
    assert response.status_code == 422
    assert "for the whole organisation" in response.content.decode()


def test_another_row_is_added_without_complaint(ada: Login) -> None:
    response = signed_in(ada).post(address("create_user"), new_user(first_name="", more="1"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "id_user_type_2" in page
    assert "Give at least" not in page
    assert "nora.lund@demo.example" in page


def test_fields_outside_the_form_are_ignored(ada: Login, olga: Login) -> None:
    extra = {
        "organisation": olga.organisation_id, "has_admin_role": "on", "has_personal_role": "on", "is_staff": "on",
        "password": PASSWORD, "public_id": "lgn_chosen", "must_change_password": "on",
    }  # fmt: skip
    signed_in(ada).post(address("create_user"), new_user(**extra))
    login = Login.objects.get(user_name="nora.lund@demo.example")
    assert login.organisation == ada.organisation
    assert (login.has_admin_role, login.has_personal_role, login.has_usable_password()) == (False, False, False)
    assert login.public_id != "lgn_chosen"


# --- contacts


def test_a_contact_alone(ada: Login) -> None:
    client = signed_in(ada)
    response = client.post(address("create_contact"), {"first_name": "  Bianca ", "last_name": "Rossi  Bianchi"})
    made = Contact.objects.get(first_name="Bianca")
    assert (response.status_code, response["Location"]) == (303, address("logins", made))
    assert made.name == "Bianca Rossi Bianchi"
    assert entry("contact.create").details == {"after": {"first_name": "Bianca", "last_name": "Rossi Bianchi"}}
    assert client.post(address("create_contact"), {"last_name": "Rossi"}).status_code == 422
    assert client.post(address("create_contact"), {"first_name": "\u200b\u200b"}).status_code == 422


def test_editing_a_contact_leaves_its_logins_alone(ada: Login, peter: Login) -> None:
    client, where = signed_in(ada), address("edit_contact", peter.contact)
    version = version_in(client.get(where).content.decode())
    fields = {"version": version, "first_name": "Peter", "last_name": "Johnson", "email": "pj@demo.example"}
    assert client.post(where, fields).status_code == 303
    peter.refresh_from_db()
    assert (peter.label, peter.email, peter.user_name) == (
        "Peter Johnson", "peter.john@demo.example", "peter.john@demo.example",
    )  # fmt: skip
    assert entry("contact.update").details == {
        "before": {"last_name": "John", "email": "peter.john@demo.example"},
        "after": {"last_name": "Johnson", "email": "pj@demo.example"},
    }


def test_of_two_who_edit_at_once_the_second_is_told(ada: Login, peter: Login) -> None:
    client, where = signed_in(ada), address("edit_contact", peter.contact)
    version = version_in(client.get(where).content.decode())
    Contact.objects.filter(pk=peter.contact_id).update(phone="+44 1")
    response = client.post(where, {"version": version, "first_name": "Pete"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "after you opened it" in page
    assert "+44 1" in page
    assert 'value="Pete"' in page
    assert client.post(where, {"version": version_in(page), "first_name": "Pete"}).status_code == 303


def test_a_contact_gets_one_more_login(ada: Login, peter: Login) -> None:
    fields = new_user(user_name="pjohn-lab", login_email="lab@demo.example", user_type=["view-only"])
    client = signed_in(ada)
    assert client.post(address("add_login", peter.contact), fields).status_code == 303
    made = Login.objects.get(user_name="pjohn-lab")
    assert (made.contact, made.email) == (peter.contact, "lab@demo.example")
    assert 'value="peter.john@demo.example"' in client.get(address("add_login", peter.contact)).content.decode()


# --- deletion


def test_deletion_names_what_goes_and_wants_the_name_typed(ada: Login, olivia: Login) -> None:
    used = AccessTokenFactory(owner=olivia, name="Board pack")
    AccessToken.objects.filter(pk=used.pk).update(last_used_at=timezone.now())
    AccessTokenFactory(owner=olivia, name="Old script")
    olivias = signed_in(olivia)
    assert olivias.get("/").status_code in {200, 302}
    client, where = signed_in(ada), address("delete_contact", olivia.contact)
    page = client.get(where).content.decode()
    for words in ("olivia@demo.example", "Board pack, Old script", "1 of these tokens was used in the last 30 days"):
        assert words in page
    assert client.post(where, {"confirmation": "olivia"}).status_code == 422
    assert Login.objects.filter(pk=olivia.pk).exists()
    assert client.post(where, {"confirmation": "Olivia@demo.example"}).status_code == 303
    assert not Contact.objects.filter(pk=olivia.contact_id).exists()
    assert olivias.get("/").status_code == 302
    assert sorted(Entry.objects.exclude(verb="login.sign_in").values_list("verb", flat=True)) == [
        "contact.delete", "login.delete", "login.session_end", "token.revoke", "token.revoke",
    ]  # fmt: skip
    assert entry("contact.delete").details == {
        "before": {"first_name": "Olivia", "last_name": "Novak", "email": olivia.contact.email},
        "logins": ["olivia@demo.example"],
    }
    assert entry("login.delete").details["before"]["user_name"] == "olivia@demo.example"


def test_a_contact_without_a_login_goes_without_typing(ada: Login) -> None:
    contact = ContactFactory(organisation=ada.organisation, first_name="Bianca")
    assert signed_in(ada).post(address("delete_contact", contact)).status_code == 303
    assert not Contact.objects.filter(pk=contact.pk).exists()


def test_a_deleted_login_leaves_the_contact_and_its_other_login(ada: Login, peter: Login) -> None:
    other = LoginFactory(organisation=ada.organisation, contact=peter.contact, user_name="lab@demo.example")
    MobileSession.objects.create(
        login=other, device="Phone", access_digest=b"1" * 32, refresh_digest=b"2" * 32,
        access_expires_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    response = signed_in(ada).post(address("delete_login", other), {"confirmation": "lab@demo.example"})
    assert response.status_code == 303
    assert list(peter.contact.logins.all()) == [peter]
    assert entry("session.end").reason == "disconnected"


def test_nobody_deletes_their_own_login_nor_the_last_administrator(ada: Login) -> None:
    client = signed_in(ada)
    for where, words in ((address("delete_login", ada), ada.user_name), (address("delete_contact", ada.contact), "")):
        assert "Nobody deletes their own login" in client.get(where).content.decode()
        assert client.post(where, {"confirmation": words or ada.user_name}).status_code == 422
    assert Login.objects.filter(pk=ada.pk).exists()


# --- Edit Login


def test_edit_login_and_the_mail_about_a_new_address(ada: Login, peter: Login) -> None:
    client, where = signed_in(ada), address("edit_login", peter)
    page = client.get(where).content.decode()
    fields = login_fields(
        peter, page, user_name="p.john", login_email="new@demo.example", language="fr", expires_on="2030-01-01"
    )
    assert client.post(where, fields).status_code == 303
    now = fresh(peter)
    assert (now.user_name, now.email, now.language) == ("p.john", "new@demo.example", "fr")
    assert now.expires_at == datetime(2030, 1, 2, tzinfo=UTC)
    assert now.has_usable_password()
    assert sorted(OutboxMail.objects.values_list("to", flat=True)) == ["new@demo.example", "peter.john@demo.example"]
    details = entry("login.update").details
    assert details["before"]["email"] == "peter.john@demo.example"
    assert details["after"]["expires_at"] == "2030-01-02T00:00:00+00:00"


def test_a_changed_name_ends_no_session_and_no_token(ada: Login, peter: Login) -> None:
    peters = signed_in(peter)
    client, where = signed_in(ada), address("edit_login", peter)
    client.post(where, login_fields(peter, client.get(where).content.decode(), user_name="p.john"))
    assert peters.get("/contacts").status_code == 403  # still signed in


def test_a_taken_name_that_came_between_is_a_conflict(ada: Login, peter: Login, monkeypatch) -> None:
    monkeypatch.setattr("accounts.rules.people.against_taken_user_name", lambda name, besides=None: None)
    client, where = signed_in(ada), address("edit_login", peter)
    fields = login_fields(peter, client.get(where).content.decode(), user_name="Ada@demo.example")
    response = client.post(where, fields)
    assert response.status_code == 409
    assert "somebody&#x27;s user name already" in response.content.decode()


def test_an_end_that_nobody_touched_stays_to_the_second(ada: Login, peter: Login) -> None:
    end = timezone.now() + timedelta(days=20, hours=5, seconds=7)
    Login.objects.filter(pk=peter.pk).update(expires_at=end)
    client, where = signed_in(ada), address("edit_login", peter)
    page = client.get(where).content.decode()
    shown = page.partition('name="expires_on" value="')[2].partition('"')[0]
    client.post(where, login_fields(peter, page, expires_on=shown, language="es"))
    assert (fresh(peter).expires_at, fresh(peter).language) == (end, "es")


def test_nobody_sets_their_own_end_nor_that_of_the_last_administrator(ada: Login, peter: Login) -> None:
    client, where = signed_in(ada), address("edit_login", ada)
    fields = login_fields(ada, client.get(where).content.decode(), expires_on="2030-01-01")
    assert client.post(where, fields).status_code == 422
    second = LoginFactory(organisation=ada.organisation, user_type="owner")
    where = address("edit_login", second)
    fields = login_fields(second, client.get(where).content.decode(), expires_on="2030-01-01")
    assert client.post(where, fields).status_code == 303
    Login.objects.filter(pk=ada.pk).update(expires_at=timezone.now() + timedelta(days=30))
    fields = login_fields(second, client.get(where).content.decode(), expires_on="2031-01-01")
    response = client.post(where, fields)
    assert response.status_code == 422
    assert "The last System Administrator stays" in response.content.decode()


def test_sso_ends_the_password_and_its_sessions_and_back_again(ada: Login, peter: Login) -> None:
    peters, client = signed_in(peter), signed_in(ada)
    assert client.post(address("set_as_sso", peter)).status_code == 303
    assert (fresh(peter).is_sso, fresh(peter).has_usable_password()) == (True, False)
    assert peters.get("/contacts").status_code == 302
    assert client.post(address("send_activation_mail", peter)).status_code == 422
    where = address("edit_login", peter)
    fields = login_fields(peter, client.get(where).content.decode(), kind="person")
    assert client.post(where, fields).status_code == 303
    assert not fresh(peter).is_sso
    assert client.post(address("send_activation_mail", peter)).status_code == 303
    assert client.post(address("set_as_sso", ada)).status_code == 422


def test_the_organisation_of_a_login_never_changes(ada: Login, peter: Login, olga: Login) -> None:
    client, where = signed_in(ada), address("edit_login", peter)
    page = client.get(where).content.decode()
    more = {"organisation": olga.organisation_id, "contact": olga.contact_id, "has_admin_role": "on"}
    client.post(where, login_fields(peter, page, language="fr", **more))
    now = fresh(peter)
    assert (now.organisation_id, now.contact_id, now.has_admin_role) == (ada.organisation_id, peter.contact_id, False)


def test_what_is_saved_without_a_version_meets_a_conflict(ada: Login, peter: Login) -> None:
    """As from a program, or a page kept for years: it is asked to look at what holds now, and may then save."""
    client, where = signed_in(ada), address("edit_login", peter)
    fields = login_fields(peter, client.get(where).content.decode(), time_zone="Europe/Vienna")
    for version in ("", None, "-"):
        sent = {name: value for name, value in {**fields, "version": version}.items() if value is not None}
        response = client.post(where, sent)
        assert response.status_code == 409
        assert fresh(peter).time_zone == peter.time_zone
    assert client.post(where, {**fields, "version": version_in(response.content.decode())}).status_code == 303
    assert fresh(peter).time_zone == "Europe/Vienna"
