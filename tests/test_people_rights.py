"""Who may manage whom: nobody gives what they do not have, nor takes over a login above their own."""

import pytest
from django.test import Client

from accounts.actions import assignments, people
from accounts.drafts import ContactDraft, LoginDraft
from accounts.exceptions import Refused
from accounts.models import Contact, Login, UserType
from accounts.pairs import encode
from accounts.permissions import Permission
from accounts.rules.managing import against_assigning, against_managing
from audit.actor import Actor
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import AccessTokenFactory, ContactFactory, UserTypeFactory
from tests.people import address, fresh, login_fields, manager_of, new_user, pair_of, signed_in, version_in

pytestmark = pytest.mark.django_db


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


@pytest.fixture
def mona(ada: Login, places: Places) -> Login:
    """Manages the people of Energy and below it; may read reports and create tokens there."""
    return manager_of(places.energy)


def page_of(client: Client, where: str) -> str:
    return client.get(where).content.decode()


# --- within a department


def test_a_manager_creates_within_the_department(mona: Login, places: Places) -> None:
    client = signed_in(mona)
    fields = new_user(department=[places.south.public_id], user_type=["general-user"])
    assert client.post(address("create_user"), fields).status_code == 303
    made = Login.objects.get(user_name="nora.lund@demo.example")
    assert made.label in page_of(client, address("contacts"))
    assert client.get(address("logins", made.contact)).status_code == 200


@pytest.mark.parametrize(
    ("department", "user_type"),
    [
        ("whole", "general-user"),
        ("finance", "general-user"),
        ("south", "owner"),
        ("whole", "owner"),
        ("south", "strong"),
    ],
)
def test_and_gives_nothing_beyond(mona: Login, places: Places, department: str, user_type: str) -> None:
    UserTypeFactory(organisation=mona.organisation, slug="strong", permissions=["report:read", "log:view"])
    place = department if department == "whole" else getattr(places, department).public_id
    response = signed_in(mona).post(address("create_user"), new_user(department=[place], user_type=[user_type]))
    assert response.status_code == 422
    assert not Login.objects.filter(user_name="nora.lund@demo.example").exists()


def test_what_cannot_be_given_is_not_offered(mona: Login, places: Places) -> None:
    page = page_of(signed_in(mona), address("create_user"))
    assert places.south.public_id in page
    assert places.finance.public_id not in page
    assert "Whole organisation" not in page
    assert "General User" in page
    assert "System Administrator" not in page


def test_the_action_asks_again(mona: Login, places: Places) -> None:
    owner = mona.organisation.user_types.get(slug="owner")
    draft = LoginDraft(user_name="evil@demo.example", email="evil@demo.example", pairs=frozenset({pair_of(owner)}))
    with pytest.raises(Refused, match="do not manage logins there"):
        people.create_user(
            organisation=mona.organisation, person=ContactDraft(first_name="Eve"), login=draft, by=by(mona)
        )
    assert not Contact.objects.filter(first_name="Eve").exists()


def test_a_contact_without_a_login_takes_the_whole_organisation(mona: Login) -> None:
    client = signed_in(mona)
    assert "Create New Contact" not in page_of(client, address("contacts"))
    response = client.post(address("create_contact"), {"first_name": "Bianca"})
    assert response.status_code == 422
    assert "without a login.</p>" in response.content.decode()
    assert not Contact.objects.filter(first_name="Bianca").exists()


def test_only_logins_that_could_be_given_are_managed(mona: Login, ada: Login, peter: Login, olivia: Login) -> None:
    assert against_managing(mona, peter) is None
    assert against_managing(mona, olivia)  # she is in Finance as well
    assert against_managing(mona, ada)
    assert against_managing(ada, mona) is None


@pytest.mark.parametrize("deed", ["disable_login", "reset_login_password", "force_password_change", "set_as_sso"])
def test_a_login_above_ones_own_is_not_taken_over(mona: Login, olivia: Login, deed: str) -> None:
    client = signed_in(mona)
    assert "Has rights that you cannot give" in page_of(client, address(deed, olivia))
    assert client.post(address(deed, olivia)).status_code == 422
    assert fresh(olivia).enabled
    assert not fresh(olivia).must_change_password


def test_nor_by_its_mail_address_nor_its_contact(mona: Login, olivia: Login) -> None:
    client = signed_in(mona)
    fields = login_fields(olivia, "", login_email="mona@demo.example")
    assert client.post(address("edit_login", olivia), fields).status_code == 422
    assert client.post(address("delete_login", olivia), {"confirmation": olivia.user_name}).status_code == 422
    assert client.post(address("delete_contact", olivia.contact), {"confirmation": olivia.user_name}).status_code == 422
    assert client.post(address("edit_contact", olivia.contact), {"first_name": "Eve"}).status_code == 422
    assert client.post(address("add_login", olivia.contact), new_user(user_name="eve")).status_code == 422
    assert (fresh(olivia).email, fresh(olivia).label) == ("olivia@demo.example", "Olivia Novak")


def test_within_reach_everything_goes(mona: Login, peter: Login) -> None:
    client, where = signed_in(mona), address("edit_login", peter)
    assert client.post(where, login_fields(peter, page_of(client, where), language="fr")).status_code == 303
    where = address("edit_contact", peter.contact)
    fields = {"version": version_in(page_of(client, where)), "first_name": "Pete", "last_name": "John"}
    assert client.post(where, fields).status_code == 303
    for deed in ("reset_login_password", "force_password_change", "disable_login", "enable_login"):
        assert client.post(address(deed, peter)).status_code == 303, deed
    assert client.post(address("delete_contact", peter.contact), {"confirmation": peter.user_name}).status_code == 303


@pytest.mark.parametrize("deed", ["add_personal_role", "add_admin_role", "set_as_system_administrator"])
def test_roles_and_set_as_stay_with_system_administrators(mona: Login, peter: Login, deed: str) -> None:
    client = signed_in(mona)
    assert client.post(address(deed, peter)).status_code == 403
    assert not fresh(peter).has_personal_role
    menu = page_of(client, address("login_actions", peter))
    assert "Edit Login" in menu
    assert "Personal Role" not in menu
    assert "Set as General User" not in menu


def test_out_of_sight_is_not_found(mona: Login, ada: Login, olga: Login) -> None:
    client = signed_in(mona)
    for login in (ada, olga):
        for name in ("edit_login", "delete_login", "assignments", "reset_login_password"):
            assert client.get(address(name, login)).status_code == 404
            assert client.post(address(name, login)).status_code == 404
        for name in ("edit_contact", "delete_contact", "add_login"):
            assert client.get(address(name, login.contact)).status_code == 404


def test_a_manager_of_the_whole_organisation_is_no_system_administrator(ada: Login, peter: Login) -> None:
    """Who manages everybody still gives, and takes over, nothing beyond their own rights."""
    held = ["contact:view", "contact:manage", "report:read", "token:create"]
    user_type = UserTypeFactory(organisation=ada.organisation, permissions=held)
    whole = person(ada.organisation, "Hugo", "All", "hugo@demo.example")
    whole.assignments.update(user_type=user_type)
    client = signed_in(whole)
    assert client.post(address("reset_login_password", ada)).status_code == 422
    assert client.post(address("create_user"), new_user(user_type=["owner"])).status_code == 422
    assert client.post(address("create_user"), new_user()).status_code == 303
    assert client.post(address("create_contact"), {"first_name": "Bianca"}).status_code == 303
    assert client.post(address("reset_login_password", peter)).status_code == 303


def test_who_may_only_look_changes_nothing(ada: Login, peter: Login, places: Places) -> None:
    looker = manager_of(places.energy, "contact:view")
    client = signed_in(looker)
    assert "Create New User" not in page_of(client, address("contacts"))
    assert 'name="selected"' not in page_of(client, address("contacts"))
    for name in ("edit_login", "delete_login", "assignments", "disable_login"):
        assert client.get(address(name, peter)).status_code == 403
        assert client.post(address(name, peter)).status_code == 403
    assert address("edit_login", peter) not in page_of(client, address("logins", peter.contact))


def test_no_user_type_but_system_administrator_gives_what_is_for_them(ada: Login, peter: Login) -> None:
    """Even where the row says otherwise: whoever wrote it there gains nothing."""
    sly = UserTypeFactory(organisation=ada.organisation, permissions=["role:grant", "token:view_all", "contact:view"])
    peter.assignments.update(user_type=sly, department=None)
    assert not fresh(peter).holds(Permission.ROLE_GRANT)
    assert fresh(peter).departments_where(Permission.TOKEN_VIEW_ALL) == set()
    assert signed_in(peter).get(address("contacts")).status_code == 200
    assert signed_in(peter).post(address("add_personal_role", peter)).status_code == 403


# --- assignments


def rows(*pairs: tuple[str, str], **more: str) -> dict[str, object]:
    return {"department": [pair[0] for pair in pairs], "user_type": [pair[1] for pair in pairs], **more}


def test_assignments_are_changed_one_by_one(ada: Login, peter: Login, places: Places) -> None:
    given = rows((places.finance.public_id, "general-user"), (places.south.public_id, ""), ("whole", "view-only"))
    assert signed_in(ada).post(address("assignments", peter), given).status_code == 303
    assert {(a.user_type.slug, a.department) for a in fresh(peter).assignments_now} == {
        ("general-user", places.finance), ("view-only", None),
    }  # fmt: skip
    details = Entry.objects.get(verb="login.assign").details
    assert details["before"] == [{"user_type": "General User", "department": "Energy › South"}]
    assert {"user_type": "View Only", "department": None} in details["after"]


def test_what_stops_is_told_before_it_is_done(ada: Login, olivia: Login, places: Places) -> None:
    general = ada.organisation.user_types.get(slug="general-user")
    token = AccessTokenFactory(
        owner=olivia, name="Finance Power BI", digest=b"1" * 32, generated_at=olivia.created_at, current_scopes=3,
        current_restriction=encode([pair_of(general, places.finance)]),
    )  # fmt: skip
    client, where = signed_in(ada), address("assignments", olivia)
    given = rows((places.south.public_id, "general-user"))
    response = client.post(where, given)
    page = response.content.decode()
    assert response.status_code == 200
    assert "1 token stops on its next call: Finance Power BI" in page
    assert len(fresh(olivia).assignments_now) == 2
    confirmed = page.partition('name="confirmed" value="')[2].partition('"')[0]
    assert client.post(where, {**rows(("whole", "view-only")), "confirmed": confirmed}).status_code == 200  # asks anew
    assert client.post(where, {**given, "confirmed": confirmed}).status_code == 303
    assert [a.department for a in fresh(olivia).assignments_now] == [places.south]
    assert token.owner == olivia


def test_view_only_everywhere_ends_the_token_role(ada: Login, olivia: Login) -> None:
    client, where, given = signed_in(ada), address("assignments", olivia), rows(("whole", "view-only"))
    page = client.post(where, given).content.decode()
    assert "The Personal role for API tokens ends with it." in page
    confirmed = page.partition('name="confirmed" value="')[2].partition('"')[0]
    assert client.post(where, {**given, "confirmed": confirmed}).status_code == 303
    assert not fresh(olivia).has_personal_role
    assert list(Entry.objects.order_by("pk").values_list("verb", flat=True))[-2:] == [
        "login.assign", "role.remove_personal",
    ]  # fmt: skip


def test_the_last_system_administrator_stays_one(ada: Login) -> None:
    response = signed_in(ada).post(address("assignments", ada), rows(("whole", "general-user"), confirmed="1"))
    page = response.content.decode()
    confirmed = page.partition('name="confirmed" value="')[2].partition('"')[0]
    response = signed_in(ada).post(address("assignments", ada), rows(("whole", "general-user"), confirmed=confirmed))
    assert response.status_code == 422
    assert "The last System Administrator stays" in response.content.decode()
    assert fresh(ada).is_system_administrator


def test_a_login_keeps_one_assignment_at_least(ada: Login, peter: Login) -> None:
    response = signed_in(ada).post(address("assignments", peter), rows(("whole", "")))
    assert response.status_code == 422
    assert "Choose at least one user type" in response.content.decode()


def test_a_manager_changes_those_within_reach_and_keeps_the_others(mona: Login, olivia: Login, places: Places) -> None:
    client, where = signed_in(mona), address("assignments", olivia)
    page = page_of(client, where)
    assert places.finance.public_id not in page
    assert client.post(where, rows((places.energy.public_id, "general-user"))).status_code == 303
    assert {a.department for a in fresh(olivia).assignments_now} == {places.finance, places.energy}


def test_two_managers_do_not_meet_in_the_middle(mona: Login, peter: Login, places: Places) -> None:
    """The rights that count are those at the moment of the deed, not those of the page."""
    general = UserType.objects.get(organisation=mona.organisation, slug="general-user")
    Login.objects.get(pk=mona.pk).assignments.update(department=places.finance)
    with pytest.raises(Refused):
        assignments.assign(login=peter, pairs=frozenset({pair_of(general, places.energy)}), by=by(mona))


def test_the_rule_itself(mona: Login, ada: Login, places: Places) -> None:
    general, owner = (ada.organisation.user_types.get(slug=slug) for slug in ("general-user", "owner"))
    assert against_assigning(mona, general, places.south) is None
    assert against_assigning(mona, general, places.finance)
    assert against_assigning(mona, general, None)
    assert against_assigning(ada, owner, None) is None
    assert against_assigning(ada, owner, places.south)
    assert against_assigning(None, owner, places.south)


def test_a_contact_of_another_organisation_is_out_of_reach(ada: Login, olga: Login) -> None:
    theirs = ContactFactory(organisation=olga.organisation)
    client = signed_in(ada)
    for name in ("edit_contact", "delete_contact", "add_login", "logins", "contact_actions"):
        assert client.get(address(name, theirs)).status_code == 404
    foreign = olga.organisation.departments.create(name="Theirs")
    assert client.post(address("create_user"), new_user(department=[foreign.public_id])).status_code == 422
