"""Departments: what may be made, renamed, moved and deleted, what is told before, and that it acts at once."""

import threading

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.actions import departments as actions
from accounts.department_tree import Tree
from accounts.exceptions import Conflict, Refused
from accounts.models import Assignment, Department, Login
from accounts.pairs import Pair, encode
from accounts.permissions import Permission
from accounts.rules.places import DEEPEST
from accounts.versions import version_of
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import DepartmentFactory, UserTypeFactory
from tests.test_roles import by
from tests.test_roles_pages import signed_in, working_token

pytestmark = pytest.mark.django_db


def address(deed: str, department: Department) -> str:
    return reverse(f"accounts:{deed}_department", args=[department.public_id])


def version(department: Department) -> str:
    return version_of(actions.state_of(department))


def create(ada: Login, name: str, parent: Department | None = None) -> Department:
    return actions.create_department(organisation=ada.organisation, name=name, parent=parent, by=by(ada))


def move(ada: Login, department: Department, parent: Department | None) -> Department:
    return actions.move_department(department=department, parent=parent, version=version(department), by=by(ada))


def refused(deed: object) -> str:
    with pytest.raises(Refused) as refusal:
        deed()  # type: ignore[operator]
    return refusal.value.code


# --- The tree --------------------------------------------------------------------------------------------------------


def test_the_tree_counts_each_login_once(ada: Login, olivia: Login, peter: Login, places: Places) -> None:
    olivia.assignments.create(user_type=olivia.assignments.first().user_type, department=places.energy)
    tree = Tree.of(ada.organisation)
    assert [(node.path, node.logins, node.logins_within) for node in tree.shown] == [
        ("Energy", 1, 2),
        ("Energy › South", 2, 2),
        ("Finance", 1, 1),
    ]
    assert (tree.total, tree.everywhere) == (3, 1)


def test_branches_end_where_they_began(ada: Login, places: Places) -> None:
    below = DepartmentFactory(organisation=ada.organisation, name="Substations", parent=places.south)
    DepartmentFactory(organisation=ada.organisation, name="Lines", parent=below)
    nodes = Tree.of(ada.organisation).shown
    assert sum(node.ends for node in nodes) == sum(node.is_branch for node in nodes) == 3
    assert [node.ends for node in nodes] == [0, 0, 0, 3, 0]


def test_a_search_shows_what_matches_below_what_it_belongs_to(ada: Login, places: Places) -> None:
    page = signed_in(ada).get(reverse("accounts:departments"), {"q": "soUTH"})
    text = page.content.decode()
    assert "1 of 3" in text
    assert 'title="Energy › South"' in text
    assert "Finance" not in text
    assert "No department is named like “West”." in signed_in(ada).get("/departments?q=West").content.decode()


def test_an_organisation_without_departments_is_told_what_they_are_for(ada: Login) -> None:
    assert "No department yet" in signed_in(ada).get("/departments").content.decode()


# --- Creating and renaming -------------------------------------------------------------------------------------------


def test_a_department_is_created_below_another(ada: Login, places: Places) -> None:
    client = signed_in(ada)
    page = client.get(reverse("accounts:create_department"), {"parent": places.energy.public_id})
    assert f'<option value="{places.energy.public_id}" selected>Energy</option>' in page.content.decode()
    answer = client.post(
        reverse("accounts:create_department"), {"name": "  North   Sea ", "parent": places.energy.public_id}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/departments")
    made = Department.objects.get(name="North Sea")
    assert made.parent == places.energy
    entry = Entry.objects.get(verb="department.create")
    assert (entry.subject_kind, entry.subject_id, entry.subject_label) == ("department", made.public_id, "North Sea")
    assert entry.details == {"name": "North Sea", "parent": "Energy"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("  ", "name"),
        ("x" * 101, "name"),
        ("South\u200b", "name"),
        ("A › B", "name"),
        ("A > B", "name"),
        ("ENERGY", "name_taken"),
    ],
)
def test_a_name_is_seen_short_and_its_own(ada: Login, places: Places, name: str, code: str) -> None:
    assert refused(lambda: create(ada, name)) == code
    if code == "name_taken":
        assert create(ada, name, parent=places.finance).name == name
    answer = signed_in(ada).post(reverse("accounts:create_department"), {"name": name, "parent": ""})
    assert answer.status_code == 422


def test_names_are_compared_in_every_alphabet(ada: Login) -> None:
    create(ada, "Ödeme")
    assert refused(lambda: create(ada, "öDEME")) == "name_taken"


def test_the_tree_has_a_bottom(ada: Login) -> None:
    lowest = None
    for level in range(DEEPEST):
        lowest = create(ada, f"Level {level}", lowest)
    assert refused(lambda: create(ada, "One more", lowest)) == "too_deep"
    top = create(ada, "Another top")
    create(ada, "Below it", top)
    assert refused(lambda: move(ada, top, lowest.parent)) == "too_deep"


def test_a_department_is_renamed_on_record(ada: Login, places: Places) -> None:
    page = signed_in(ada).get(address("rename", places.energy))
    assert "Nobody gains or loses anything." in page.content.decode()
    answer = signed_in(ada).post(
        address("rename", places.energy), {"name": "Power", "version": version(places.energy)}, follow=True
    )
    assert "Energy is now named Power." in answer.content.decode()
    assert Entry.objects.get().details == {"before": {"name": "Energy"}, "after": {"name": "Power"}}
    actions.rename_department(
        department=places.energy, name="Power", version=version(Department.objects.get(pk=places.energy.pk)), by=by(ada)
    )
    assert Entry.objects.count() == 1, "what is so already leaves no entry"


def test_two_editors_do_not_lose_each_others_change(ada: Login, places: Places) -> None:
    second = person(ada.organisation, "Henrik", "Dahl", "henrik@demo.example", user_type="owner")
    seen = version(places.energy)
    actions.rename_department(department=places.energy, name="Power", version=seen, by=by(second))
    answer = signed_in(ada).post(address("rename", places.energy), {"name": "Energies", "version": seen})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Henrik Dahl changed this after you opened it" in text
    assert "Name now" in text
    assert "Power" in text
    assert 'value="Energies"' in text
    assert Department.objects.get(pk=places.energy.pk).name == "Power"
    again = {"name": "Energies", "version": version(Department.objects.get(pk=places.energy.pk))}
    assert f'value="{again["version"]}"' in text
    assert signed_in(ada).post(address("rename", places.energy), again).status_code == 303


def test_what_was_deleted_meanwhile_is_told(ada: Login, places: Places) -> None:
    actions.delete_department(department=places.finance, by=by(ada))
    with pytest.raises(Conflict):
        actions.rename_department(department=places.finance, name="Money", version=version(places.finance), by=by(ada))
    assert refused(lambda: create(ada, "New", places.finance)) == "parent"


# --- Moving ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lead(ada: Login, places: Places) -> Login:
    """Sees the people and the rows of Finance."""
    kind = UserTypeFactory(
        organisation=ada.organisation, slug="lead", name="Lead", permissions=["contact:view", "report:read"]
    )
    login = person(ada.organisation, "Ingrid", "Solberg", "ingrid@demo.example", has_personal_role=True)
    login.assignments.all().delete()
    login.assignments.create(user_type=kind, department=places.finance)
    return login


def who_sees_nobody(ada: Login) -> Client:
    """Manages departments and user types, and has no contact:view."""
    planner = UserTypeFactory(
        organisation=ada.organisation, slug="planner", permissions=[Permission.USER_TYPE_MANAGE, Permission.REPORT_READ]
    )
    login = person(ada.organisation, "Pia", "Planner", "pia@demo.example")
    login.assignments.update(user_type=planner, department=None)
    return signed_in(login)


def test_a_move_tells_who_gains_and_who_loses_and_then_does_it(
    ada: Login, lead: Login, peter: Login, places: Places
) -> None:
    head = person(ada.organisation, "Noor", "Aziz", "noor@demo.example", has_personal_role=True)
    head.assignments.update(department=places.energy)
    working_token(lead, "Finance workbook")
    working_token(head, "Energy dashboard")
    stranger = {"parent": places.finance.public_id, "version": version(places.south)}
    client = signed_in(ada)
    before = client.post(address("move", places.south), stranger)
    text = before.content.decode()
    unseen = who_sees_nobody(ada).post(address("move", places.south), stranger).content.decode()
    assert "1 person reaches less: not named" in unseen
    assert "Noor Aziz" not in unseen
    assert "Ingrid Solberg" not in unseen
    assert before.status_code == 200
    assert "South, with everything below it, becomes part of Finance." in text
    assert "1 person reaches less: Noor Aziz" in text
    assert "1 person reaches more: Ingrid Solberg" in text
    assert "1 token gets fewer rows: Energy dashboard" in text
    assert "1 token gets more rows: Finance workbook" in text
    assert "Peter John" not in text, "who is assigned to the moved department itself keeps what they have"
    assert not lead.reach(Permission.REPORT_READ) & {places.south.pk}

    answer = client.post(address("move", places.south), {**stranger, "confirmed": "1"}, follow=True)
    assert "South is moved: it is now Finance › South." in answer.content.decode()
    fresh = Login.objects.get(pk=lead.pk)
    assert fresh.reach(Permission.REPORT_READ) == {places.finance.pk, places.south.pk}
    entry = Entry.objects.get(verb="department.update")
    assert entry.details == {"before": {"parent": "Energy"}, "after": {"parent": "Finance"}}


def test_a_move_that_concerns_nobody_says_so(ada: Login, places: Places) -> None:
    data = {"parent": "", "version": version(places.south)}
    text = signed_in(ada).post(address("move", places.south), data).content.decode()
    assert "South, with everything below it, stands at the top." in text
    assert "Nobody reaches more or less than now." in text


def test_a_department_is_never_below_itself(ada: Login, places: Places) -> None:
    offered = signed_in(ada).get(address("move", places.energy)).content.decode()
    assert "Energy › South" not in offered.split("<select")[1]
    assert refused(lambda: move(ada, places.energy, places.south)) == "below_itself"
    assert refused(lambda: move(ada, places.energy, places.energy)) == "below_itself"
    assert refused(lambda: move(ada, places.south, places.energy)) == "same_place"
    create(ada, "South")
    assert refused(lambda: move(ada, places.south, None)) == "name_taken"


def test_a_place_of_another_organisation_is_none(ada: Login, olga: Login, places: Places) -> None:
    foreign = DepartmentFactory(organisation=olga.organisation, name="Foreign")
    data = {"parent": foreign.public_id, "version": version(places.south), "confirmed": "1"}
    assert signed_in(ada).post(address("move", places.south), data).status_code == 422
    assert refused(lambda: move(ada, places.south, foreign)) == "parent"
    assert signed_in(olga).get(address("move", places.south)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_make_no_circle(ada: Login) -> None:
    for _round in range(4):
        one, other = create(ada, "One"), create(ada, "Other")
        start = threading.Barrier(2)

        def moved(department: Department, parent: Department, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                move(ada, department, parent)
            except Refused:
                pass
            finally:
                connections.close_all()

        threads = [threading.Thread(target=moved, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tops = Department.objects.filter(organisation=ada.organisation, parent=None)
        assert tops.count() == 1
        Department.objects.exclude(parent=None).delete()
        tops.delete()


# --- Deleting --------------------------------------------------------------------------------------------------------


def test_only_an_empty_department_is_deleted(ada: Login, peter: Login, places: Places) -> None:
    client = signed_in(ada)
    text = client.get(address("delete", places.energy)).content.decode()
    assert "Not possible now: 1 department is part of it." in text
    assert "South" in text
    assert client.post(address("delete", places.energy)).status_code == 409
    text = client.get(address("delete", places.south)).content.decode()
    assert "Not possible now: 1 login is assigned to it." in text
    assert reverse("accounts:logins", args=[peter.contact.public_id]) in text
    assert client.post(address("delete", places.south)).status_code == 409
    assert Department.objects.count() == 3

    Assignment.objects.filter(login=peter).delete()
    answer = client.post(address("delete", places.south), follow=True)
    assert "The department South is deleted." in answer.content.decode()
    assert Entry.objects.get().details == {"name": "South", "parent": "Energy"}


def test_tokens_limited_to_it_are_named(ada: Login, olivia: Login, places: Places) -> None:
    kind = olivia.assignments.first().user_type
    alone = DepartmentFactory(organisation=ada.organisation, name="Archive")
    working_token(olivia, "Archive loader", restriction=encode([Pair(kind.pk, alone.pk)]))
    working_token(olivia, "Other", restriction=encode([Pair(kind.pk, places.south.pk)]))
    text = signed_in(ada).get(address("delete", alone)).content.decode()
    assert "1 token is limited to it" in text
    assert "Archive loader" in text


# --- Who ------------------------------------------------------------------------------------------------------------


def test_the_right_in_one_department_is_not_enough(ada: Login, places: Places) -> None:
    """A tree is the whole organisation's: who manages it for one department alone could reach any other."""
    kind = UserTypeFactory(organisation=ada.organisation, permissions=["user_type:manage", "organisation:manage"])
    login = person(ada.organisation, "Mia", "Berg", "mia@demo.example")
    login.assignments.all().delete()
    login.assignments.create(user_type=kind, department=places.energy)
    client = signed_in(login)
    for path in ("/departments", "/user-types", "/user-types/create"):
        assert client.get(path).status_code == 403, path
    assert 'href="/departments"' not in client.get("/").content.decode()
    login.assignments.update(department=None)
    assert client.get("/departments").status_code == 200
    assert 'href="/departments"' in client.get("/").content.decode()
    assert "?department=" not in client.get("/departments").content.decode(), "Contacts & Logins is not theirs"


def test_the_menu_shows_what_cannot_be_done_and_why(ada: Login, peter: Login, places: Places) -> None:
    path = reverse("accounts:department_actions", args=[places.south.public_id])
    text = signed_in(ada).get(path).content.decode()
    assert "1 login is assigned to it" in text
    assert f"/contacts?department={places.south.public_id}" in text
