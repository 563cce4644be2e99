""" "Set as X": which assignments a login has afterwards, and which token roles end."""

import threading

import pytest
from django.db import connection, connections

from accounts.actions import roles
from accounts.actions.roles import set_user_type
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from tests.cast import Places, person
from tests.factories import UserTypeFactory
from tests.test_roles import by, fresh, verbs


def assignments(login: Login) -> set[tuple[str, str | None]]:
    return {
        (assignment.user_type.slug, assignment.department.name if assignment.department else None)
        for assignment in login.assignments.select_related("user_type", "department")
    }


@pytest.mark.django_db
def test_the_departments_stay(ada: Login, olivia: Login) -> None:
    set_user_type(login=olivia, slug="view-only", by=by(ada))
    assert assignments(olivia) == {("view-only", "Finance"), ("view-only", "South")}


@pytest.mark.django_db
def test_a_system_administrator_is_one_for_the_whole_organisation(ada: Login, olivia: Login) -> None:
    set_user_type(login=olivia, slug="owner", by=by(ada))
    assert assignments(olivia) == {("owner", None)}
    assert fresh(olivia).has_personal_role


@pytest.mark.django_db
def test_without_departments_it_is_the_whole_organisation(ada: Login, vera: Login, peter: Login) -> None:
    set_user_type(login=vera, slug="general-user", by=by(ada))
    assert assignments(vera) == {("general-user", None)}
    peter.assignments.all().delete()
    set_user_type(login=peter, slug="general-user", by=by(ada))
    assert assignments(peter) == {("general-user", None)}


@pytest.mark.django_db
def test_several_types_in_one_department_become_one(ada: Login, peter: Login, places: Places) -> None:
    lead = UserTypeFactory(organisation=ada.organisation, slug="lead")
    peter.assignments.create(user_type=lead, department=places.south)
    set_user_type(login=peter, slug="lead", by=by(ada))
    assert assignments(peter) == {("lead", "South")}


@pytest.mark.django_db
def test_the_entry_says_before_and_after(ada: Login, peter: Login) -> None:
    set_user_type(login=peter, slug="owner", by=by(ada))
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject_id) == ("login.set_type", peter.public_id)
    assert entry.details == {
        "before": [{"user_type": "General User", "department": "Energy › South"}],
        "after": [{"user_type": "System Administrator", "department": None}],
    }


@pytest.mark.django_db
def test_what_is_so_already_leaves_no_entry(ada: Login, peter: Login) -> None:
    set_user_type(login=peter, slug="general-user", by=by(ada))
    set_user_type(login=ada, slug="owner", by=by(ada))
    assert verbs() == []


@pytest.mark.django_db
def test_view_only_takes_both_token_roles_each_on_record(ada: Login) -> None:
    second = person(
        ada.organisation, "Second", "Admin", "second@demo.example",
        user_type="owner", has_personal_role=True, has_admin_role=True,
    )  # fmt: skip
    set_user_type(login=second, slug="view-only", by=by(ada))
    second = fresh(second)
    assert (second.has_personal_role, second.has_admin_role, second.is_view_only) == (False, False, True)
    assert verbs() == ["login.set_type", "role.remove_personal", "role.remove_admin"]
    assert set(Entry.objects.filter(verb__startswith="role.").values_list("reason", flat=True)) == {"user_type"}


@pytest.mark.django_db
def test_losing_system_administrator_takes_the_admin_role_alone(ada: Login) -> None:
    second = person(
        ada.organisation, "Second", "Admin", "second@demo.example",
        user_type="owner", has_personal_role=True, has_admin_role=True,
    )  # fmt: skip
    set_user_type(login=second, slug="general-user", by=by(ada))
    second = fresh(second)
    assert (second.has_personal_role, second.has_admin_role) == (True, False)
    assert verbs() == ["login.set_type", "role.remove_admin"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["general-user", "view-only"])
def test_the_last_system_administrator_stays(ada: Login, olga: Login, slug: str) -> None:
    with pytest.raises(Refused) as refused:
        set_user_type(login=ada, slug=slug, by=by(ada))
    assert refused.value.code == "last_system_administrator"
    assert assignments(ada) == {("owner", None)}
    assert verbs() == []


@pytest.fixture
def two_administrators(transactional_db: None, ada: Login) -> tuple[Login, Login]:
    return ada, person(ada.organisation, "Second", "Admin", "second@demo.example", user_type="owner")


def demote_each_other(pair: tuple[Login, Login]) -> list[str]:
    """Both at the same moment, each in a thread and a connection of its own. Gives the codes of what was refused."""
    start, codes = threading.Barrier(2), []

    def demote(login: Login, other: Login) -> None:
        start.wait()
        try:
            set_user_type(login=login, slug="general-user", by=by(other))
        except Refused as refusal:
            codes.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=demote, args=pair), threading.Thread(target=demote, args=pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def administrators(organisation: Organisation) -> int:
    return Login.objects.can_grant_roles(organisation.pk).count()


def test_two_who_demote_each_other_leave_one(two_administrators: tuple[Login, Login]) -> None:
    for _ in range(5):
        assert demote_each_other(two_administrators) == ["last_system_administrator"]
        assert administrators(two_administrators[0].organisation) == 1
        for login in two_administrators:
            set_user_type(login=login, slug="owner", by=Actor(label="operator", channel="command"))


def test_without_the_lock_nobody_would_be_left(
    two_administrators: tuple[Login, Login], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The protection removed: both see the other and both go. SQLite has one writer at a time and needs no lock."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's transactions are immediate: there is no lock to remove")
    seen = threading.Barrier(2)
    against = roles.against_setting_type

    def unlocked(login: Login) -> Login:
        return Login.objects.select_related("organisation", "contact").get(pk=login.pk)

    def both_have_looked(login: Login, slug: str) -> Refused | None:
        refusal = against(login, slug)
        seen.wait(timeout=10)
        return refusal

    monkeypatch.setattr(roles, "locked", unlocked)
    monkeypatch.setattr(roles, "against_setting_type", both_have_looked)
    assert demote_each_other(two_administrators) == []
    assert administrators(two_administrators[0].organisation) == 0
