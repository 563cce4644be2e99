"""User types: what each includes, who has it, and what is told before one is changed, copied or deleted."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from accounts.actions import user_types as actions
from accounts.models import Login, UserType
from accounts.pairs import Pair, encode
from accounts.permission_words import GROUPS, ORDER, SENTENCES
from accounts.permissions import Permission
from accounts.versions import version_of
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import UserTypeFactory
from tests.test_departments import refused
from tests.test_roles import by
from tests.test_roles_pages import signed_in, working_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(ada: Login) -> UserType:
    return UserTypeFactory(
        organisation=ada.organisation,
        slug="department-lead",
        name="Department Lead",
        permissions=["contact:view", "log:view", "report:read", "token:create"],
    )


@pytest.fixture
def ingrid(ada: Login, lead: UserType, places: Places) -> Login:
    """Leads Energy; General User in Finance."""
    login = person(
        ada.organisation, "Ingrid", "Solberg", "ingrid@demo.example",
        user_type__department=places.finance, has_personal_role=True,
    )  # fmt: skip
    login.assignments.create(user_type=lead, department=places.energy)
    return login


def address(deed: str, user_type: UserType) -> str:
    return reverse(f"accounts:{deed}_user_type" if deed else "accounts:user_type", args=[user_type.slug])


def version(user_type: UserType) -> str:
    return version_of(actions.state_of(UserType.objects.get(pk=user_type.pk)))


def edit(ada: Login, user_type: UserType, *permissions: str, name: str = "Department Lead") -> UserType:
    return actions.edit_user_type(
        user_type=user_type, name=name, permissions=permissions, version=version(user_type), by=by(ada)
    )


def test_every_permission_has_its_sentence_and_its_place() -> None:
    assert {*SENTENCES} == {*ORDER} == {*Permission}
    assert len(ORDER) == sum(len(permissions) for _title, permissions in GROUPS) == len({*Permission})


def test_the_list_says_what_each_includes_and_how_many_have_it(ada: Login, ingrid: Login, peter: Login) -> None:
    client = signed_in(ada)
    text = client.get("/user-types").content.decode()
    assert "Read reports, Create own access tokens, See contacts and logins, See the logs" in text
    assert f"{ada.organisation_id}:department-lead" in text
    assert text.count("Built-in") == 3
    rows = client.get("/user-types?export=json").getvalue().decode()
    assert '"Logins": 2' in rows or '"logins": 2' in rows
    found = client.get("/user-types", {"permissions": "log:view"}).content.decode()
    assert "Department Lead" in found
    assert "View Only" not in found.split("<tbody")[1]


def test_the_page_says_in_words_what_it_lets_people_do_and_who_has_it(
    ada: Login, ingrid: Login, lead: UserType
) -> None:
    edit(ada, lead, "contact:view", "report:read")
    text = signed_in(ada).get(address("", lead)).content.decode()
    for sentence in SENTENCES.values():
        assert escape(str(sentence)) in text
    assert "Ingrid Solberg" in text
    assert "Energy" in text
    assert "Finance" not in text.split("<tbody")[1], "only where the user type holds"
    assert "User type changed" in text
    assert text.count("not included") == len(ORDER) - 2


def test_who_may_not_see_people_sees_none_here_either(ada: Login, ingrid: Login, lead: UserType) -> None:
    kind = UserTypeFactory(organisation=ada.organisation, permissions=["user_type:manage"])
    manager = person(ada.organisation, "Mia", "Berg", "mia@demo.example")
    manager.assignments.update(user_type=kind)
    text = signed_in(manager).get(address("", lead)).content.decode()
    assert "Ingrid" not in text
    text = signed_in(manager).get(address("delete", lead)).content.decode()
    assert "1 login is assigned to it" in text
    assert "ingrid@" not in text


def test_a_user_type_is_created_with_a_role_id_of_its_name(ada: Login) -> None:
    answer = signed_in(ada).post(
        reverse("accounts:create_user_type"), {"name": " Report  Reader ", "permissions": ["report:read"]}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/user-types/report-reader")
    made = UserType.objects.get(slug="report-reader")
    assert (made.name, made.permissions, made.built_in) == ("Report Reader", ["report:read"], False)
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject_id) == ("user_type.create", f"{ada.organisation_id}:report-reader")
    assert entry.details == {"name": "Report Reader", "permissions": ["report:read"]}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Create", "create-2"),
        ("Owner", "owner-2"),
        ("分析", "user-type"),
        ("Yönetici", "yonetici"),
        ("x" * 90, "x" * 30),
    ],
)
def test_a_role_id_is_free_and_fits(ada: Login, name: str, slug: str) -> None:
    def create(text: str) -> UserType:
        return actions.create_user_type(
            organisation=ada.organisation, name=text, permissions=["report:read"], by=by(ada)
        )

    made = create(name)
    assert made.slug == slug
    assert signed_in(ada).get(address("", made)).status_code == 200
    assert refused(lambda: create(name.upper())) == "name_taken"


def test_a_copy_leaves_out_what_belongs_to_system_administrators(ada: Login) -> None:
    client = signed_in(ada)
    path = reverse("accounts:create_user_type") + "?copy=owner"
    text = client.get(path).content.decode()
    assert 'value="Copy of System Administrator"' in text
    assert "Not taken over, because it belongs to System Administrators alone: Grant token roles" in text
    assert text.count(" checked") == len(Permission) - 3
    for name in ("role:grant", "token:view_all", "token:manage_all"):
        assert client.post(path, {"name": "Copy", "permissions": [name]}).status_code == 422
        assert (
            refused(
                lambda name=name: actions.create_user_type(
                    organisation=ada.organisation, name="Copy", permissions=[name], by=by(ada)
                )
            )
            == "permissions"
        )


def test_nobody_gives_what_they_do_not_have(ada: Login, lead: UserType) -> None:
    """Else who manages user types would be an administrator in one step."""
    kind = UserTypeFactory(organisation=ada.organisation, name="Types", permissions=["user_type:manage", "report:read"])
    manager = person(ada.organisation, "Mia", "Berg", "mia@demo.example")
    manager.assignments.update(user_type=kind)
    client = signed_in(manager)
    page = client.get(address("edit", kind)).content.decode()
    assert "You do not have it for the whole organisation yourself" in page
    grabbing = {"name": "Types", "permissions": ["user_type:manage", "contact:manage"], "version": version(kind)}
    answer = client.post(address("edit", kind), {**grabbing, "confirmed": "1"})
    assert answer.status_code == 422
    assert (
        "Manage contacts and logins: You do not have it for the whole organisation yourself." in answer.content.decode()
    )
    # What a user type has already may stay, and anything may be taken away.
    edited = actions.edit_user_type(
        user_type=lead, name="Lead", permissions=["log:view", "report:read"], version=version(lead), by=by(manager)
    )
    assert edited.permissions == ["log:view", "report:read"]


def test_built_in_user_types_are_fixed(ada: Login) -> None:
    client = signed_in(ada)
    for user_type in ada.organisation.user_types.all():
        assert "Fixed: it is built in." in client.get(address("", user_type)).content.decode()
        assert "Not possible now" in client.get(address("edit", user_type)).content.decode()
        data = {"name": "Mine", "permissions": ["report:read"], "version": version(user_type), "confirmed": "1"}
        assert client.post(address("edit", user_type), data).status_code == 422
        assert client.post(address("delete", user_type)).status_code == 409
        assert refused(lambda user_type=user_type: edit(ada, user_type, "report:read")) == "built_in"
    assert not Entry.objects.exists()


def test_what_an_edit_does_is_shown_before(ada: Login, ingrid: Login, lead: UserType, places: Places) -> None:
    general = ingrid.assignments.first().user_type
    working_token(ingrid, "Both")
    working_token(ingrid, "Energy alone", current_restriction=encode([Pair(lead.pk, places.energy.pk)]))
    working_token(ingrid, "Finance alone", current_restriction=encode([Pair(general.pk, places.finance.pk)]))
    client = signed_in(ada)
    data = {"name": "Department Lead", "permissions": ["contact:view", "contact:manage"], "version": version(lead)}
    answer = client.post(address("edit", lead), data)
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert "1 person reaches less: Ingrid Solberg" in text
    assert "1 person reaches more: Ingrid Solberg" in text
    assert "1 token reads no report any more: Energy alone" in text
    assert "1 token gets fewer rows: Both" in text
    assert "Finance alone" not in text
    shifts = text.split("shifts")[1]
    assert [label for label in map(str, Permission.labels) if f"<dt>{label}</dt>" in shifts] == [
        "Read reports", "Manage contacts and logins", "Create own access tokens", "See the logs",
    ]  # fmt: skip
    assert UserType.objects.get(pk=lead.pk).permissions == lead.permissions

    answer = client.post(address("edit", lead), {**data, "confirmed": "1"}, follow=True)
    assert "Department Lead is saved. It acts at once." in answer.content.decode()
    assert not Login.objects.get(pk=ingrid.pk).holds(Permission.LOG_VIEW)
    entry = Entry.objects.get()
    assert entry.details == {
        "before": {"permissions": ["contact:view", "log:view", "report:read", "token:create"]},
        "after": {"permissions": ["contact:manage", "contact:view"]},
    }


def test_what_concerns_nobody_is_saved_at_once(ada: Login, ingrid: Login, lead: UserType) -> None:
    renamed = {"name": "Head", "permissions": lead.permissions, "version": version(lead)}
    assert signed_in(ada).post(address("edit", lead), renamed).status_code == 303
    ingrid.assignments.filter(user_type=lead).delete()
    emptied = {"name": "Head", "permissions": ["report:read"], "version": version(lead)}
    answer = signed_in(ada).post(address("edit", lead), emptied)
    assert (answer.status_code, answer["Location"]) == (303, "/user-types/department-lead"), "the role id stays"


def test_a_right_that_another_assignment_gives_as_well_is_not_lost(
    ada: Login, ingrid: Login, lead: UserType, places: Places
) -> None:
    ingrid.assignments.filter(user_type__slug="general-user").update(department=places.energy)
    data = {"name": "Department Lead", "permissions": ["contact:view", "log:view"], "version": version(lead)}
    assert signed_in(ada).post(address("edit", lead), data).status_code == 303


def test_two_editors_do_not_lose_each_others_change(ada: Login, ingrid: Login, lead: UserType) -> None:
    seen = version(lead)
    edit(ada, lead, "report:read", name="Head")
    data = {"name": "Department Lead", "permissions": ["report:read", "log:view"], "version": seen, "confirmed": "1"}
    answer = signed_in(ada).post(address("edit", lead), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Ada Byron changed this after you opened it" in text
    assert "<dt>Name now</dt><dd>Head</dd>" in text
    assert "<dt>Permissions now</dt><dd>Read reports</dd>" in text
    assert UserType.objects.get(pk=lead.pk).name == "Head"


@pytest.mark.parametrize("names", [[], ["no:such"]])
def test_permissions_are_of_the_closed_list(ada: Login, lead: UserType, names: list[str]) -> None:
    data = {"name": "Lead", "permissions": names, "version": version(lead)}
    assert signed_in(ada).post(address("edit", lead), data).status_code == 422
    assert refused(lambda: edit(ada, lead, *names)) == "permissions"


def test_only_what_nobody_has_is_deleted(ada: Login, ingrid: Login, lead: UserType, places: Places) -> None:
    client = signed_in(ada)
    text = client.get(address("delete", lead)).content.decode()
    assert "Not possible now: 1 login is assigned to it." in text
    assert reverse("accounts:logins", args=[ingrid.contact.public_id]) in text
    assert client.post(address("delete", lead)).status_code == 409
    ingrid.assignments.filter(user_type=lead).delete()
    working_token(ingrid, "Old loader", restriction=encode([Pair(lead.pk, None)]))
    assert "Old loader" in client.get(address("delete", lead)).content.decode()
    answer = client.post(address("delete", lead), follow=True)
    assert "The user type Department Lead is deleted." in answer.content.decode()
    assert Entry.objects.get().verb == "user_type.delete"
    gone = UserType(pk=lead.pk, organisation=ada.organisation, slug=lead.slug, name="Back")

    def bring_back() -> UserType:
        return actions.edit_user_type(user_type=gone, name="Back", permissions=["log:view"], version="", by=by(ada))

    assert refused(bring_back) == "gone"


def test_another_organisations_user_type_is_unknown(olga: Login, lead: UserType) -> None:
    for deed in ("", "edit", "delete"):
        assert signed_in(olga).get(address(deed, lead)).status_code == 404
    text = signed_in(olga).get(reverse("accounts:create_user_type") + "?copy=department-lead").content.decode()
    assert "Department Lead" not in text


def test_the_list_of_who_has_it_leaves_on_record(ada: Login, ingrid: Login, lead: UserType) -> None:
    answer = signed_in(ada).get(address("", lead) + "?export=csv")
    assert "Ingrid Solberg" in answer.getvalue().decode()
    entry = Entry.objects.get(verb="contact.export")
    assert entry.details["filters"] == {"user_type": "department-lead"}
