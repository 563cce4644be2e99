"""Token roles as the actions give and take them: the rules, the record, and nothing twice."""

from typing import Any

import pytest

from accounts.actions.logins import disable, enable
from accounts.actions.roles import add_role, remove_role, set_user_type
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.roles import TokenRole
from audit.actor import Actor
from audit.models import Entry
from tests.cast import person

pytestmark = pytest.mark.django_db


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


def fresh(login: Login) -> Login:
    return Login.objects.select_related("organisation", "contact").get(pk=login.pk)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def test_the_personal_role_is_added_and_removed_on_record(ada: Login, peter: Login) -> None:
    add_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert fresh(peter).has_personal_role
    remove_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert not fresh(peter).has_personal_role

    added, removed = Entry.objects.order_by("id")
    assert (added.verb, removed.verb) == ("role.add_personal", "role.remove_personal")
    assert added.organisation_id == peter.organisation_id
    assert (added.actor_id, added.actor_label) == (ada.public_id, "Ada Byron")
    assert (added.subject_kind, added.subject_id, added.subject_label) == ("login", peter.public_id, peter.user_name)
    assert added.details == {"before": False, "after": True}
    assert removed.details == {"before": True, "after": False}


def test_a_role_is_never_given_or_taken_twice(ada: Login, olivia: Login, peter: Login) -> None:
    add_role(login=olivia, role=TokenRole.PERSONAL, by=by(ada))
    remove_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert verbs() == []


def test_what_counts_is_the_row_now_and_not_the_object_at_hand(ada: Login, peter: Login) -> None:
    stale = fresh(peter)
    add_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    add_role(login=stale, role=TokenRole.PERSONAL, by=by(ada))
    assert verbs() == ["role.add_personal"]


def test_a_view_only_login_holds_no_token_role(ada: Login, vera: Login) -> None:
    with pytest.raises(Refused) as refused:
        add_role(login=vera, role=TokenRole.PERSONAL, by=by(ada))
    assert refused.value.code == "view_only"
    assert not fresh(vera).has_personal_role
    assert verbs() == []


def test_view_only_in_one_of_two_places_is_not_view_only(ada: Login, peter: Login) -> None:
    peter.assignments.create(user_type=peter.organisation.user_types.get(slug="view-only"))
    add_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert fresh(peter).has_personal_role


def test_the_admin_role_is_for_system_administrators(ada: Login, peter: Login) -> None:
    with pytest.raises(Refused) as refused:
        add_role(login=peter, role=TokenRole.ADMIN, by=by(ada))
    assert refused.value.code == "not_system_administrator"

    set_user_type(login=peter, slug="owner", by=by(ada))
    add_role(login=peter, role=TokenRole.ADMIN, by=by(ada))
    assert fresh(peter).has_admin_role
    assert verbs() == ["login.set_type", "role.add_admin"]


def test_a_service_login_may_hold_the_personal_role_alone(ada: Login, robot: Login) -> None:
    remove_role(login=robot, role=TokenRole.PERSONAL, by=by(ada))
    add_role(login=robot, role=TokenRole.PERSONAL, by=by(ada))
    set_user_type(login=robot, slug="owner", by=by(ada))
    with pytest.raises(Refused) as refused:
        add_role(login=robot, role=TokenRole.ADMIN, by=by(ada))
    assert refused.value.code == "service_login"
    assert fresh(robot).has_personal_role


def test_a_disabled_login_can_be_given_the_role(ada: Login, peter: Login) -> None:
    disable(login=peter, by=by(ada))
    add_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert fresh(peter).has_personal_role


def test_disabling_and_enabling_are_on_record_once(ada: Login, peter: Login) -> None:
    for action in (enable, disable, disable, enable, enable):
        action(login=peter, by=by(ada))
    assert fresh(peter).enabled
    assert verbs() == ["login.disable", "login.enable"]
    assert Entry.objects.order_by("id")[0].details == {"before": True, "after": False}


def test_nobody_disables_their_own_login(ada: Login, olga: Login) -> None:
    person(ada.organisation, "Second", "Admin", "second@demo.example", user_type="owner")
    with pytest.raises(Refused) as refused:
        disable(login=ada, by=by(ada))
    assert refused.value.code == "own_login"
    assert fresh(ada).enabled


def test_the_last_system_administrator_is_not_disabled(ada: Login, peter: Login, olga: Login) -> None:
    """Olga, of another organisation, does not count."""
    with pytest.raises(Refused) as refused:
        disable(login=ada, by=by(peter))
    assert refused.value.code == "last_system_administrator"
    assert verbs() == []


@pytest.mark.parametrize(
    "unable",
    [
        {"enabled": False},
        {"is_service": True},
        {"expires_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_an_administrator_who_cannot_sign_in_does_not_count(ada: Login, peter: Login, unable: dict[str, Any]) -> None:
    second = person(ada.organisation, "Second", "Admin", "second@demo.example", user_type="owner", **unable)
    with pytest.raises(Refused):
        disable(login=ada, by=by(peter))
    set_user_type(login=second, slug="general-user", by=by(ada))
    assert verbs() == ["login.set_type"]


def test_one_of_two_administrators_may_be_disabled(ada: Login, peter: Login) -> None:
    second = person(ada.organisation, "Second", "Admin", "second@demo.example", user_type="owner")
    disable(login=second, by=by(ada))
    assert not fresh(second).enabled


def test_a_refused_change_leaves_nothing_behind(ada: Login, peter: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change and its entry stand or fall together."""

    def fails(**what: object) -> None:
        raise RuntimeError("the ledger is away")

    monkeypatch.setattr("accounts.actions.roles.record", fails)
    with pytest.raises(RuntimeError):
        add_role(login=peter, role=TokenRole.PERSONAL, by=by(ada))
    assert not fresh(peter).has_personal_role
