"""The pages that change a login's rights: what they say before, what they do, and that it acts on the next request."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Login
from accounts.pairs import Pair, encode
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import AccessTokenFactory, LoginFactory, UserTypeFactory
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db

CHANGES = [
    "add_personal_role",
    "remove_personal_role",
    "add_admin_role",
    "remove_admin_role",
    "set_as_general_user",
    "set_as_view_only",
    "set_as_system_administrator",
    "disable_login",
    "enable_login",
]


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def address(change: str, login: Login) -> str:
    return reverse(f"accounts:{change}", args=[login.public_id])


def fresh(login: Login) -> Login:
    return Login.objects.get(pk=login.pk)


def working_token(owner: Login, name: str, **more: object) -> AccessToken:
    return AccessTokenFactory(
        owner=owner, name=name, digest=b"1" * 32, generated_at=timezone.now(), current_scopes=3, **more
    )


def test_the_addresses_say_what_they_do(peter: Login) -> None:
    assert [address(change, peter).removeprefix(f"/logins/{peter.public_id}/") for change in CHANGES] == [
        "roles/personal/add",
        "roles/personal/remove",
        "roles/admin/add",
        "roles/admin/remove",
        "type/general-user",
        "type/view-only",
        "type/system-administrator",
        "disable",
        "enable",
    ]


def test_granting_the_personal_role(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    page = client.get(address("add_personal_role", peter)).content.decode()
    assert "Peter John may create and hold own tokens. It acts at once: no need to sign out." in page
    assert not fresh(peter).has_personal_role

    response = client.post(address("add_personal_role", peter))
    assert (response.status_code, response["Location"]) == (
        303,
        reverse("accounts:logins", args=[peter.contact.public_id]),
    )
    assert fresh(peter).has_personal_role
    after = client.get(response["Location"]).content.decode()
    assert "Peter John has the Personal role for API tokens. It acts at once: no need to sign out." in after

    entry = Entry.objects.get(verb="role.add_personal")
    assert (entry.channel, entry.method, entry.path) == ("console", "POST", address("add_personal_role", peter))
    assert entry.request_id
    assert entry.address == "127.0.0.1"


def test_a_user_type_without_creation_is_told_so(ada: Login, peter: Login) -> None:
    peter.assignments.update(user_type=UserTypeFactory(organisation=ada.organisation, permissions=["report:read"]))
    page = signed_in(ada).get(address("add_personal_role", peter)).content.decode()
    assert "creating them needs a user type that includes it" in page


def test_the_way_back_leads_to_where_it_was_chosen(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    page = client.get(address("add_personal_role", peter) + "?back=contacts").content.decode()
    assert '<input type="hidden" name="back" value="contacts">' in page
    response = client.post(address("add_personal_role", peter), {"back": "contacts"})
    assert response["Location"] == reverse("accounts:contacts")
    response = client.post(address("add_personal_role", peter), {"back": "https://evil.example/"})
    assert response["Location"] == reverse("accounts:logins", args=[peter.contact.public_id])


def test_looking_changes_nothing(ada: Login, olivia: Login) -> None:
    client = signed_in(ada)
    for change in CHANGES:
        assert client.get(address(change, olivia)).status_code == 200
    assert fresh(olivia).has_personal_role
    assert not Entry.objects.exists()


def test_a_role_held_already_is_no_error_and_no_second_entry(ada: Login, olivia: Login) -> None:
    assert signed_in(ada).post(address("add_personal_role", olivia)).status_code == 303
    assert not Entry.objects.exists()


def test_a_refused_change_says_why_and_does_nothing(ada: Login, vera: Login) -> None:
    client = signed_in(ada)
    for response, status in (
        (client.get(address("add_personal_role", vera)), 200),
        (client.post(address("add_personal_role", vera)), 422),
    ):
        assert response.status_code == status
        text = response.content.decode()
        assert "View Only logins hold no token role" in text
        assert "data-deed" not in text
    assert not Entry.objects.exists()


def test_the_last_administrator_is_told_so(ada: Login) -> None:
    response = signed_in(ada).post(address("set_as_view_only", ada))
    assert response.status_code == 422
    assert "The last System Administrator stays" in response.content.decode()
    assert signed_in(ada).post(address("disable_login", ada)).status_code == 422
    assert fresh(ada).enabled


@pytest.mark.parametrize("change", CHANGES)
def test_anonymous_people_are_sent_to_sign_in(peter: Login, change: str) -> None:
    for response in (Client().get(address(change, peter)), Client().post(address(change, peter))):
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("change", [change for change in CHANGES if change not in {"disable_login", "enable_login"}])
def test_only_a_system_administrator_may(ada: Login, peter: Login, olivia: Login, change: str) -> None:
    user_type = UserTypeFactory(
        organisation=ada.organisation, permissions=["contact:view", "contact:manage", "user_type:manage"]
    )
    manager = person(ada.organisation, "Mona", "Manager", "mona@demo.example")
    manager.assignments.update(user_type=user_type)
    for login in (manager, olivia):
        client = signed_in(login)
        assert client.get(address(change, peter)).status_code == 403
        response = client.post(address(change, peter))
        assert response.status_code == 403
        assert "Ada Byron" in response.content.decode()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
def test_another_organisation_is_not_found(ada: Login, olga: Login, change: str) -> None:
    client = signed_in(ada)
    assert client.get(address(change, olga)).status_code == 404
    assert client.post(address(change, olga)).status_code == 404
    assert not Entry.objects.exists()


@pytest.mark.parametrize("change", CHANGES)
def test_wrong_methods_and_unknown_logins(ada: Login, peter: Login, change: str) -> None:
    client = signed_in(ada)
    assert client.put(address(change, peter)).status_code == 405
    assert client.delete(address(change, peter)).status_code == 405
    assert client.post(reverse(f"accounts:{change}", args=["lgn_unknown"])).status_code == 404


def test_a_forged_form_is_refused(ada: Login, peter: Login) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(address("add_personal_role", peter)).status_code == 403
    assert not fresh(peter).has_personal_role


# --- what it says before


def test_removing_the_role_names_the_tokens_that_stop(ada: Login, olivia: Login) -> None:
    working_token(olivia, "Finance Power BI")
    working_token(olivia, "Board pack", expires_at=timezone.now() + timedelta(days=3))
    working_token(olivia, "Ended", expires_at=timezone.now() - timedelta(days=3))
    working_token(olivia, "Gone", revoked_at=timezone.now())
    AccessTokenFactory(owner=olivia, name="Never generated")
    client = signed_in(ada)
    for change in ("remove_personal_role", "disable_login", "set_as_view_only"):
        page = client.get(address(change, olivia)).content.decode()
        assert "2 tokens stop on their next call: Board pack, Finance Power BI" in page
    response = client.post(address("remove_personal_role", olivia), follow=True)
    assert "2 tokens stopped." in response.content.decode()


def test_tokens_that_work_again_are_named(ada: Login, olivia: Login) -> None:
    working_token(olivia, "Finance Power BI")
    client = signed_in(ada)
    client.post(address("remove_personal_role", olivia))
    page = client.get(address("add_personal_role", olivia)).content.decode()
    assert "1 token works again at once: Finance Power BI" in page
    client.post(address("disable_login", olivia))
    assert "works again" not in client.get(address("add_personal_role", olivia)).content.decode()
    assert "works again at once" not in client.get(address("enable_login", olivia)).content.decode()


def test_a_token_limited_to_an_assignment_that_ends_is_named(ada: Login, olivia: Login, places: Places) -> None:
    general = olivia.organisation.user_types.get(slug="general-user")
    working_token(olivia, "Limited", current_restriction=encode([Pair(general.pk, places.finance.pk)]))
    working_token(olivia, "Free")
    page = signed_in(ada).get(address("set_as_system_administrator", olivia)).content.decode()
    assert "1 token stops on its next call: Limited" in page
    assert "the whole organisation" in page


def test_setting_the_type_says_where_and_what_ends(ada: Login, olivia: Login) -> None:
    page = signed_in(ada).get(address("set_as_view_only", olivia)).content.decode()
    assert "Olivia Novak gets this user type for Finance, Energy › South" in page
    assert "The Personal role for API tokens ends with it." in page
    assert "The Admin role" not in page


def test_a_name_is_shown_as_text(ada: Login, olivia: Login) -> None:
    working_token(olivia, "<b>bold</b>")
    page = signed_in(ada).get(address("remove_personal_role", olivia)).content.decode()
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold" in page


# --- on the very next request, in another browser, without signing in again


def test_a_new_administrator_administers_at_once(ada: Login, peter: Login) -> None:
    peters, adas = signed_in(peter), signed_in(ada)
    assert peters.get("/contacts").status_code == 403
    adas.post(address("set_as_system_administrator", peter))
    assert peters.get("/contacts").status_code == 200
    assert peters.post(address("set_as_general_user", ada)).status_code == 303
    assert adas.get("/contacts").status_code == 403


def test_a_disabled_login_is_out_at_once(ada: Login, olivia: Login) -> None:
    olivias = signed_in(olivia)
    assert olivias.get("/contacts").status_code == 403
    signed_in(ada).post(address("disable_login", olivia))
    assert olivias.get("/contacts")["Location"].startswith(reverse("account_login"))


def test_the_personal_role_opens_and_closes_the_page_of_own_tokens_at_once(ada: Login, peter: Login) -> None:
    peters, adas, mine = signed_in(peter), signed_in(ada), reverse("tokens:mine")
    response = peters.get(mine)
    assert response.status_code == 403
    assert "Ada Byron" in response.content.decode()
    adas.post(address("add_personal_role", peter))
    assert peters.get(mine).status_code == 200
    adas.post(address("remove_personal_role", peter))
    assert peters.get(mine).status_code == 403
    adas.post(address("add_personal_role", peter))
    adas.post(address("set_as_view_only", peter))
    assert peters.get(mine).status_code == 403


def test_only_administrators_who_can_sign_in_are_named(ada: Login, peter: Login, robot: Login) -> None:
    gone = person(ada.organisation, "Gone", "Admin", "gone@demo.example", user_type="owner", enabled=False)
    machine = LoginFactory(organisation=ada.organisation, contact=robot.contact, is_service=True, user_type="owner")
    text = signed_in(peter).get("/contacts").content.decode()
    assert "ada@demo.example" in text
    assert gone.email not in text
    assert machine.email not in text
