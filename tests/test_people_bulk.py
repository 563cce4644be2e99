"""Many at once: what the confirmation says, whom it reaches, and that each is on record by itself."""

import pytest
from django.test import Client

from accounts.models import Contact, Login, OutboxMail
from audit.models import Entry
from tests.cast import Places
from tests.factories import AccessTokenFactory, ContactFactory
from tests.people import address, fresh, manager_of, signed_in
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db


def choose(*things: Contact | Login) -> dict[str, object]:
    return {"selected": [thing.public_id for thing in things]}


def sure(things: tuple[Contact | Login, ...], **more: str) -> dict[str, object]:
    return {**choose(*things), "confirmed": "1", "expected": str(len(things)), **more}


def ask(client: Client, name: str, *things: Contact | Login) -> str:
    response = client.post(address(name), choose(*things))
    assert response.status_code == 200
    return response.content.decode()


def test_the_confirmation_says_who_and_who_not_and_why(ada: Login, peter: Login, olivia: Login, vera: Login) -> None:
    AccessTokenFactory(owner=olivia, digest=b"1" * 32, generated_at=olivia.created_at, current_scopes=3)
    bianca = ContactFactory(organisation=ada.organisation, first_name="Bianca", last_name="Rossi")
    page = ask(signed_in(ada), "disable_login_selected", ada, peter, olivia, bianca)
    for words in (
        "Peter John · peter.john@demo.example",
        "Not changed: Ada Byron. Why: Nobody disables their own login.",
        "1 contact without a login is passed over.",
        "1 token stops on its next call.",
    ):
        assert words in page
    assert fresh(peter).enabled
    assert not Entry.objects.filter(verb="login.disable").exists()


def test_each_is_changed_and_recorded_by_itself(ada: Login, peter: Login, olivia: Login, vera: Login) -> None:
    client = signed_in(ada)
    response = client.post(address("disable_login_selected"), sure((ada, peter, olivia)), follow=True)
    assert response.redirect_chain == [("/contacts", 303)]
    page = response.content.decode()
    assert "2 logins are disabled." in page
    assert "Nobody disables their own login" in page
    assert [fresh(login).enabled for login in (ada, peter, olivia, vera)] == [True, False, False, True]
    assert Entry.objects.filter(verb="login.disable").count() == 2
    client.post(address("enable_login_selected"), sure((peter, olivia)))
    assert fresh(peter).enabled


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("add_personal_role_selected", "role.add_personal"),
        ("set_as_view_only_selected", "login.set_type"),
        ("reset_login_password_selected", "login.password_reset"),
    ],
)
def test_every_deed_of_the_bar(ada: Login, peter: Login, name: str, verb: str) -> None:
    assert signed_in(ada).post(address(name), sure((peter,))).status_code == 303
    assert Entry.objects.filter(verb=verb, subject_id=peter.public_id).count() == 1


def test_roles_are_taken_and_types_set_of_many(ada: Login, olivia: Login, vera: Login) -> None:
    client = signed_in(ada)
    client.post(address("remove_personal_role_selected"), sure((olivia,)))
    assert not fresh(olivia).has_personal_role
    client.post(address("set_as_general_user_selected"), sure((vera,)))
    assert not fresh(vera).is_view_only


def test_activation_mails_of_many(ada: Login, peter: Login, olivia: Login) -> None:
    peter.set_unusable_password()
    peter.save()
    page = ask(signed_in(ada), "send_activation_mail_selected", peter, olivia)
    assert "Not changed: Olivia Novak. Why: Has a password already." in page
    signed_in(ada).post(address("send_activation_mail_selected"), sure((peter, olivia)))
    assert [mail.to for mail in OutboxMail.objects.all()] == ["peter.john@demo.example"]


def test_every_row_of_a_filter(ada: Login, peter: Login, olivia: Login, vera: Login) -> None:
    chosen = {"every": "1", "filter": "user_type=general-user", "confirmed": "1", "expected": "2"}
    response = signed_in(ada).post(address("disable_login_selected"), chosen)
    assert response["Location"] == "/contacts?user_type=general-user"
    assert [fresh(login).enabled for login in (peter, olivia, vera)] == [False, False, True]


def test_when_none_can_be_changed_there_is_nothing_to_confirm(ada: Login) -> None:
    client = signed_in(ada)
    page = ask(client, "disable_login_selected", ada)
    assert "None of these can be changed so now." in page
    assert "data-deed" not in page
    assert client.post(address("disable_login_selected"), sure((ada,))).status_code == 422


def test_contacts_are_deleted_with_all_that_is_theirs(ada: Login, peter: Login, olivia: Login) -> None:
    AccessTokenFactory(owner=olivia)
    bianca = ContactFactory(organisation=ada.organisation, first_name="Bianca")
    client = signed_in(ada)
    page = ask(client, "delete_selected", ada, olivia, bianca)
    for words in (
        "2 contacts go",
        "1 login goes",
        "1 access token is revoked",
        "Not deleted: Ada Byron",
        "To confirm, type 2",
    ):
        assert words in page
    assert client.post(address("delete_selected"), sure((ada, olivia, bianca), typed="3")).status_code == 422
    assert client.post(address("delete_selected"), sure((ada, olivia, bianca), typed="2")).status_code == 303
    assert {contact.first_name for contact in Contact.objects.all()} == {"Ada", "Peter"}
    assert not AccessToken.objects.exists()
    assert Entry.objects.filter(verb="token.revoke").count() == 1


def test_people_of_others_are_not_among_the_selected(ada: Login, peter: Login, olga: Login) -> None:
    client = signed_in(ada)
    client.post(address("disable_login_selected"), {**choose(peter, olga), "confirmed": "1"})
    assert fresh(olga).enabled
    assert "Nothing is selected" in client.post(address("disable_login_selected"), choose(olga)).content.decode()


def test_a_manager_reaches_what_is_managed_alone(peter: Login, olivia: Login, places: Places) -> None:
    mona = manager_of(places.energy)
    client = signed_in(mona)
    page = ask(client, "disable_login_selected", peter, olivia)
    assert "Not changed: Olivia Novak. Why: Has rights that you cannot give." in page
    client.post(address("disable_login_selected"), sure((peter, olivia)))
    assert (fresh(peter).enabled, fresh(olivia).enabled) == (False, True)
    assert client.post(address("add_personal_role_selected"), choose(peter)).status_code == 403


def test_asking_about_more_takes_no_more_queries(
    ada: Login, peter: Login, olivia: Login, vera: Login, django_assert_max_num_queries
) -> None:
    client = signed_in(ada)
    with django_assert_max_num_queries(40) as few:
        ask(client, "set_as_view_only_selected", peter)
    with django_assert_max_num_queries(len(few)):
        ask(client, "set_as_view_only_selected", peter, olivia, ada)


def test_too_many_at_once_are_refused(ada: Login, peter: Login, olivia: Login, monkeypatch) -> None:
    monkeypatch.setattr("accounts.bulk.logins.MOST", 1)
    client = signed_in(ada)
    assert "Go back and filter for fewer." in ask(client, "disable_login_selected", peter, olivia)
    assert client.post(address("disable_login_selected"), sure((peter, olivia))).status_code == 422
    assert fresh(peter).enabled


def test_too_many_contacts_are_not_deleted(ada: Login, peter: Login, olivia: Login, monkeypatch) -> None:
    monkeypatch.setattr("accounts.bulk.contacts.MOST", 1)
    client = signed_in(ada)
    assert "These are too many at once." in ask(client, "delete_selected", peter, olivia)
    assert client.post(address("delete_selected"), sure((peter, olivia), typed="2")).status_code == 422
    assert Contact.objects.count() == 3
