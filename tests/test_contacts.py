"""Manage > Contacts & Logins: who is listed, for whom, filtered, sorted and exported."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact, Login
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import ContactFactory, LoginFactory, UserTypeFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/contacts"


@pytest.fixture
def everybody(ada: Login, olivia: Login, peter: Login, vera: Login, robot: Login, olga: Login) -> Contact:
    """The whole cast, and Bianca, who has no login."""
    return ContactFactory(
        organisation=ada.organisation, first_name="Bianca", last_name="Rossi", email="bianca.rossi@demo.example"
    )


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def lead(ada: Login, department) -> Login:
    """Somebody who may see the contacts of one department."""
    user_type = UserTypeFactory(organisation=ada.organisation, slug="lead", permissions=["contact:view"])
    login = person(ada.organisation, "Lena", "Lead", "lena@demo.example")
    login.assignments.update(user_type=user_type, department=department)
    return login


def rows(client: Client, **query: str) -> list[dict[str, str]]:
    """The rows of the grid, as its export gives them: the same filters, order and cells."""
    response = client.get(ADDRESS, {**query, "export": "csv"})
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def names(client: Client, **query: str) -> list[str]:
    return [row["Name"] for row in rows(client, **query)]


def test_every_contact_of_the_organisation_is_listed(everybody: Contact, ada: Login) -> None:
    page = signed_in(ada).get(ADDRESS)
    assert page.status_code == 200
    text = page.content.decode()
    for name in ("Ada Byron", "Bianca Rossi", "Olivia Novak", "Peter John", "Robot", "Vera Klein"):
        assert name in text
    assert "Olga" not in text
    assert "No login" in text
    assert "Energy › South" in text
    assert reverse("accounts:logins", args=[everybody.public_id]) in text


def test_what_a_row_tells(everybody: Contact, ada: Login) -> None:
    found = {row["Name"]: row for row in rows(signed_in(ada))}
    assert list(found["Ada Byron"].values())[:7] == [
        "Ada Byron", "ada@demo.example", "ada@demo.example", "Yes", "System Administrator", "Whole organisation",
        "Personal, Admin",
    ]  # fmt: skip
    assert found["Olivia Novak"]["Department"] == "Finance, Energy › South"
    assert found["Olivia Novak"]["Token roles"] == "Personal"
    assert list(found["Bianca Rossi"].values())[:7] == [
        "Bianca Rossi", "bianca.rossi@demo.example", "", "No login", "", "", "",
    ]  # fmt: skip


def test_a_contact_with_two_logins_has_two_rows(everybody: Contact, ada: Login, peter: Login) -> None:
    LoginFactory(
        organisation=ada.organisation, contact=peter.contact, user_name="pjohn-lab@demo.example",
        enabled=False, user_type="view-only",
    )  # fmt: skip
    both = [row for row in rows(signed_in(ada)) if row["Name"] == "Peter John"]
    assert [(row["User Name"], row["Enabled"], row["User Type"]) for row in both] == [
        ("peter.john@demo.example", "Yes", "General User"),
        ("pjohn-lab@demo.example", "Disabled", "View Only"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "byron"}, ["Ada Byron"]),
        ({"q": "da by"}, ["Ada Byron"]),
        ({"q": "peter.john@"}, ["Peter John"]),
        ({"name": "rossi"}, ["Bianca Rossi"]),
        ({"email": "vera@"}, ["Vera Klein"]),
        ({"user_name": "robot"}, ["Robot"]),
        ({"enabled": "none"}, ["Bianca Rossi"]),
        ({"enabled": "no"}, ["Peter John"]),
        ({"enabled": "expired"}, ["Vera Klein"]),
        ({"enabled": "yes"}, ["Ada Byron", "Olivia Novak", "Robot"]),
        ({"user_type": "view-only"}, ["Vera Klein"]),
        ({"department": "whole"}, ["Ada Byron", "Robot", "Vera Klein"]),
        ({"token_roles": "admin"}, ["Ada Byron"]),
        ({"token_roles": "personal"}, ["Ada Byron", "Olivia Novak", "Robot"]),
        ({"token_roles": "none"}, ["Peter John", "Vera Klein"]),
        ({"token_roles": "none", "enabled": "no"}, ["Peter John"]),
        ({"enabled": "perhaps"}, ["Ada Byron", "Bianca Rossi", "Olivia Novak", "Peter John", "Robot", "Vera Klein"]),
    ],
)
def test_filters(everybody: Contact, ada: Login, query: dict[str, str], expected: list[str]) -> None:
    Login.objects.filter(user_name="peter.john@demo.example").update(enabled=False)
    Login.objects.filter(user_name="vera@demo.example").update(expires_at=timezone.now() - timedelta(days=1))
    assert names(signed_in(ada), **query) == expected


def test_a_department_includes_those_below_it_and_names_nobody_twice(
    everybody: Contact, ada: Login, olivia: Login, places: Places
) -> None:
    lab = LoginFactory(organisation=ada.organisation, contact=olivia.contact, user_name="lab@demo.example")
    lab.assignments.update(department=places.energy)
    client = signed_in(ada)
    energy = rows(client, department=places.energy.public_id)
    assert [row["User Name"] for row in energy] == [
        "lab@demo.example",
        "olivia@demo.example",
        "peter.john@demo.example",
    ]
    assert names(client, department=places.finance.public_id) == ["Olivia Novak"]


def test_another_organisations_department_is_no_choice(everybody: Contact, ada: Login, olga: Login) -> None:
    foreign = olga.organisation.departments.create(name="Theirs")
    page = signed_in(ada).get(ADDRESS, {"department": foreign.public_id})
    assert page.status_code == 200
    assert "Theirs" not in page.content.decode()
    assert len(names(signed_in(ada), department=foreign.public_id)) == 6


@pytest.mark.parametrize("column", ["name", "email", "user_name", "enabled", "user_type", "token_roles"])
def test_every_column_sorts_both_ways(everybody: Contact, ada: Login, column: str) -> None:
    client = signed_in(ada)
    forth, back = names(client, sort=column), names(client, sort=f"-{column}")
    assert len(forth) == 6
    assert sorted(forth) == sorted(back)
    assert forth != back


def test_the_export_is_on_record(everybody: Contact, ada: Login) -> None:
    for wanted in ("csv", "xlsx", "json"):
        assert signed_in(ada).get(ADDRESS, {"export": wanted, "enabled": "yes"}).status_code == 200
    entries = Entry.objects.filter(verb="contact.export").order_by("id")
    assert [entry.details["format"] for entry in entries] == ["csv", "xlsx", "json"]
    assert entries[0].details["filters"] == {"enabled": "yes"}
    assert (entries[0].actor_id, entries[0].organisation_id) == (ada.public_id, ada.organisation_id)


def test_looking_leaves_no_entry(everybody: Contact, ada: Login) -> None:
    signed_in(ada).get(ADDRESS, {"export": "pdf"})
    assert not Entry.objects.exclude(verb__startswith="login.sign").exists()


def test_who_may_see_a_department_sees_its_people_alone(everybody: Contact, ada: Login, places: Places) -> None:
    client = signed_in(lead(ada, places.energy))
    assert names(client) == ["Lena Lead", "Olivia Novak", "Peter John"]
    choices = client.get(ADDRESS).content.decode()
    assert "Energy › South" in choices
    assert places.finance.public_id not in choices


def test_a_login_out_of_reach_is_not_shown_beside_one_in_reach(ada: Login, peter: Login, places: Places) -> None:
    other = LoginFactory(organisation=ada.organisation, contact=peter.contact, user_name="elsewhere@demo.example")
    other.assignments.update(department=places.finance)
    client = signed_in(lead(ada, places.energy))
    assert [row["User Name"] for row in rows(client)] == ["lena@demo.example", "peter.john@demo.example"]
    page = client.get(reverse("accounts:logins", args=[peter.contact.public_id])).content.decode()
    assert "peter.john@demo.example" in page
    assert "elsewhere" not in page


def test_anonymous_people_are_sent_to_sign_in(everybody: Contact) -> None:
    response = Client().get(ADDRESS)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_without_the_permission_it_is_refused_and_the_page_says_who_to_ask(everybody: Contact, peter: Login) -> None:
    response = signed_in(peter).get(ADDRESS)
    assert response.status_code == 403
    text = response.content.decode()
    assert "Ada Byron" in text
    assert "ada@demo.example" in text
    assert "Olga" not in text


def test_wrong_methods(everybody: Contact, ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    for address in (
        ADDRESS,
        reverse("accounts:logins", args=[peter.contact.public_id]),
        reverse("accounts:contact_actions", args=[peter.contact.public_id]),
        reverse("accounts:login_actions", args=[peter.public_id]),
    ):
        assert client.post(address).status_code == 405
        assert client.delete(address).status_code == 405


def test_hostile_parameters(everybody: Contact, ada: Login) -> None:
    client = signed_in(ada)
    for query in (
        "page=99999999999999999999",
        "sort=password",
        "name=%00",
        "department=%FF",
        "size=-1",
        "q=" + "x" * 999,
    ):
        assert client.get(f"{ADDRESS}?{query}").status_code == 200


def test_more_contacts_ask_no_more_queries(everybody: Contact, ada: Login, places: Places) -> None:
    client = signed_in(ada)
    queries = count_queries(client, ADDRESS)
    for number in range(12):
        login = person(ada.organisation, f"More{number}", "People", f"more{number}@demo.example")
        login.assignments.update(department=places.south)
    assert count_queries(client, ADDRESS) == queries


def count_queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


# --- a contact's logins


def logins_page(login: Login) -> str:
    return reverse("accounts:logins", args=[login.contact.public_id])


def test_the_logins_of_a_contact(ada: Login, peter: Login) -> None:
    signed_in(ada).post(reverse("accounts:add_personal_role", args=[peter.public_id]))
    page = signed_in(ada).get(logins_page(peter)).content.decode()
    for words in (
        "Logins of Peter John",
        "peter.john@demo.example",
        "General User",
        "Energy › South",
        "Never",
        "English",
    ):
        assert words in page
    assert "Personal role added" in page
    assert re.search(r"Ada Byron\s+·\s+Personal role added", page)


def test_a_contact_without_a_login_says_so(everybody: Contact, ada: Login) -> None:
    page = signed_in(ada).get(reverse("accounts:logins", args=[everybody.public_id]))
    assert page.status_code == 200
    assert "Bianca Rossi has no login" in page.content.decode()


def test_the_last_changes_are_those_of_this_contact(ada: Login, peter: Login, olivia: Login) -> None:
    client = signed_in(ada)
    client.post(reverse("accounts:disable_login", args=[olivia.public_id]))
    assert "Login disabled" not in client.get(logins_page(peter)).content.decode()
    assert "Login disabled" in client.get(logins_page(olivia)).content.decode()


def test_the_export_of_logins_is_on_record(ada: Login, peter: Login) -> None:
    assert signed_in(ada).get(logins_page(peter), {"export": "csv"}).status_code == 200
    entry = Entry.objects.get(verb="contact.export")
    assert (entry.subject_kind, entry.subject_id) == ("contact", peter.contact.public_id)


def test_people_of_another_organisation_are_not_found(ada: Login, olga: Login, peter: Login) -> None:
    client = signed_in(ada)
    for address in (
        logins_page(olga),
        reverse("accounts:contact_actions", args=[olga.contact.public_id]),
        reverse("accounts:login_actions", args=[olga.public_id]),
        reverse("accounts:logins", args=["con_nobody"]),
    ):
        assert client.get(address).status_code == 404
    assert signed_in(olga).get(logins_page(peter)).status_code == 404


def test_more_logins_ask_no_more_queries(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    queries = count_queries(client, logins_page(peter))
    for number in range(5):
        LoginFactory(organisation=ada.organisation, contact=peter.contact, user_name=f"more{number}@demo.example")
    assert count_queries(client, logins_page(peter)) == queries


# --- the menus


def menu_of(client: Client, address: str) -> dict[str, str]:
    """The entries of a menu: label to reason, empty where it can be chosen."""
    text = client.get(address, headers={"HX-Request": "true"}).content.decode()
    off = re.findall(r'is-off".*?</svg><span>(.*?)</span><small>(.*?)</small>', text, re.DOTALL)
    on = re.findall(r'<a class="menu-entry[^>]*>.*?</svg><span>(.*?)</span>', text, re.DOTALL)
    return {html.unescape(label): html.unescape(reason) for label, reason in (*off, *((label, "") for label in on))}


def login_menu(client: Client, login: Login) -> dict[str, str]:
    return menu_of(client, reverse("accounts:login_actions", args=[login.public_id]))


def test_the_menu_of_a_general_user(ada: Login, peter: Login) -> None:
    assert login_menu(signed_in(ada), peter) == {
        "API Access Tokens": "",
        "Edit Login": "",
        "Assignments": "",
        "Sessions": "",
        "Reset Login's Password": "",
        "Send Activation Mail": "Has a password already",
        "Force Password Change": "",
        "Re-Activate Login": "not blocked",
        "Reset Second Factor": "None set up",
        "Set as General User": "already so",
        "Set as View Only": "",
        "Set as System Administrator": "",
        "Add Personal Role for API Tokens": "",
        "Remove Personal Role for API Tokens": "not held",
        "Add Admin Role for API Tokens": "Only for a System Administrator",
        "Remove Admin Role for API Tokens": "not held",
        "Set as Non-SSO": "already so",
        "Set as SSO": "",
        "Stop All Tokens": "",
        "Disable Login": "",
        "Delete Login…": "",
    }


def test_the_menu_of_a_view_only_login(ada: Login, vera: Login) -> None:
    menu = login_menu(signed_in(ada), vera)
    assert menu["Add Personal Role for API Tokens"] == "View Only logins hold no token role"
    assert menu["Set as View Only"] == "already so"


def test_the_menu_of_the_last_system_administrator(ada: Login) -> None:
    menu = login_menu(signed_in(ada), ada)
    assert menu["Set as General User"] == menu["Set as View Only"] == "The last System Administrator stays"
    assert menu["Disable Login"] == "Nobody disables their own login"
    assert menu["Remove Admin Role for API Tokens"] == ""
    assert menu["Add Admin Role for API Tokens"] == "held now"


def test_a_disabled_login_can_be_enabled(ada: Login, peter: Login) -> None:
    Login.objects.filter(pk=peter.pk).update(enabled=False)
    menu = login_menu(signed_in(ada), peter)
    assert menu["Enable Login"] == ""
    assert "Disable Login" not in menu


def test_only_the_admin_role_leads_to_the_tokens_of_others(ada: Login, peter: Login) -> None:
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    assert "API Access Tokens" not in login_menu(signed_in(ada), peter)


def test_who_may_only_look_is_offered_no_change(ada: Login, peter: Login, places: Places) -> None:
    client = signed_in(lead(ada, places.energy))
    assert login_menu(client, peter) == {}
    assert list(menu_of(client, reverse("accounts:contact_actions", args=[peter.contact.public_id]))) == ["Login"]


def test_the_menu_of_a_contact_is_that_of_its_only_login(ada: Login, peter: Login) -> None:
    client = signed_in(ada)
    address = reverse("accounts:contact_actions", args=[peter.contact.public_id])
    assert "Add Personal Role for API Tokens" in menu_of(client, address)
    assert "?back=contacts" in client.get(address).content.decode()
    LoginFactory(organisation=ada.organisation, contact=peter.contact)
    assert list(menu_of(client, address)) == ["Login", "Add Login", "Edit Contact", "Delete Contact…"]


def test_an_assignment_out_of_reach_is_neither_shown_nor_found(ada: Login, olivia: Login, places: Places) -> None:
    """Olivia is in Finance and in Energy › South; whoever sees Energy alone learns nothing of Finance."""
    client = signed_in(lead(ada, places.energy))
    olivia.assignments.filter(department=places.finance).update(user_type=ada.assignments.get().user_type)
    row = next(row for row in rows(client) if row["User Name"] == olivia.user_name)
    assert (row["User Type"], row["Department"]) == ("General User", "Energy › South")
    assert olivia.label not in names(client, user_type="owner")
    page = client.get(f"/contacts/{olivia.contact.public_id}/logins").content.decode()
    assert "South" in page
    assert "Finance" not in page
    assert "System Administrator" not in page
