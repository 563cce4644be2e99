"""The rules on people by themselves, where no page leads: what an action refuses whoever asks it."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import limits
from accounts.actions import assignments, invitations, sessions, sign_in_ways
from accounts.actions.preferences import MOST_GRIDS, choose_columns
from accounts.blocks import confirmation_key, name_key
from accounts.exceptions import Conflict, Refused
from accounts.models import Attempts, Login, OutboxMail, UserType
from accounts.rules.logins import against_deleting, against_disabling, against_expiring, against_setting_sso
from accounts.rules.managing import against_managing, against_taking
from audit.actor import Actor
from tests.cast import Places, person
from tests.factories import UserTypeFactory, console_session
from tests.people import fresh, manager_of, pair_of

pytestmark = pytest.mark.django_db


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


@pytest.fixture
def mona(ada: Login, places: Places) -> Login:
    """Manages the people of Energy and below it; may read reports and create tokens there."""
    return manager_of(places.energy)


@pytest.fixture
def stronger(mona: Login) -> UserType:
    """May see logs, which Mona may not."""
    return UserTypeFactory(organisation=mona.organisation, slug="stronger", permissions=["report:read", "log:view"])


def test_nobody_gives_or_takes_what_they_do_not_hold(
    mona: Login, peter: Login, stronger: UserType, places: Places
) -> None:
    general = UserType.objects.get(organisation=mona.organisation, slug="general-user")
    assert against_taking(mona, general, places.south) is None
    assert against_taking(mona, stronger, places.south)
    both = frozenset({pair_of(general, places.south), pair_of(stronger, places.south)})
    with pytest.raises(Refused):
        assignments.assign(login=peter, pairs=both, by=by(mona))
    peter.assignments.create(user_type=stronger, department=places.south)
    with pytest.raises(Refused):
        assignments.assign(login=fresh(peter), pairs=frozenset({pair_of(general, places.south)}), by=by(mona))
    assert fresh(peter).pairs == both


def test_a_holder_of_the_admin_role_is_managed_by_who_can_give_it(mona: Login, peter: Login) -> None:
    assert against_managing(mona, peter) is None
    peter.has_admin_role = True
    assert against_managing(mona, peter)


@pytest.mark.parametrize("deed", [invitations.invite, invitations.reset_password, sign_in_ways.reactivate])
def test_no_mail_and_no_fresh_attempts_for_a_login_above_ones_own(deed: Any, mona: Login, olivia: Login) -> None:
    if deed is invitations.invite:
        olivia.set_unusable_password()
        olivia.save(update_fields=["password"])
    with pytest.raises(Refused, match="rights that you cannot give"):
        deed(login=olivia, by=by(mona))
    assert not OutboxMail.objects.exists()


def test_a_login_without_an_assignment_belongs_to_the_whole_organisation(mona: Login, ada: Login) -> None:
    nowhere = person(mona.organisation, "Nils", "Nowhere", "nils@demo.example")
    nowhere.assignments.all().delete()
    assert against_managing(mona, fresh(nowhere))
    assert against_managing(ada, fresh(nowhere)) is None


def test_the_last_system_administrator_stays_whoever_asks(ada: Login, olivia: Login) -> None:
    for rule in (against_disabling, against_deleting):
        assert rule(ada, olivia.public_id)
        assert rule(olivia, ada.public_id) is None
    second = person(ada.organisation, "Bea", "Second", "bea@demo.example")
    second.assignments.update(user_type=ada.assignments_now[0].user_type, department=None)
    for rule in (against_disabling, against_deleting):
        assert rule(fresh(ada), olivia.public_id) is None


def test_nobody_sets_the_end_that_shuts_everybody_out(ada: Login, olivia: Login) -> None:
    soon = timezone.now() + timedelta(days=1)
    assert against_expiring(olivia, soon, olivia.public_id)
    assert against_expiring(olivia, soon, ada.public_id) is None
    assert against_expiring(ada, soon, olivia.public_id)
    second = person(ada.organisation, "Bea", "Second", "bea@demo.example")
    second.assignments.update(user_type=ada.assignments_now[0].user_type, department=None)
    assert against_expiring(fresh(ada), soon, olivia.public_id) is None
    Login.objects.filter(pk=second.pk).update(expires_at=soon)
    assert against_expiring(fresh(ada), soon + timedelta(days=1), olivia.public_id)


def test_a_password_stays_with_the_last_system_administrator(ada: Login, olivia: Login) -> None:
    assert against_setting_sso(ada, ada.public_id)
    assert against_setting_sso(ada, olivia.public_id)
    second = person(ada.organisation, "Bea", "Second", "bea@demo.example")
    second.assignments.update(user_type=ada.assignments_now[0].user_type, department=None)
    assert against_setting_sso(ada, olivia.public_id) is None
    assert against_setting_sso(ada, ada.public_id)  # nobody does it to themselves
    Login.objects.filter(pk=second.pk).update(is_sso=True)
    assert against_setting_sso(ada, olivia.public_id)


def test_re_activate_forgets_attempts_on_both_pages(ada: Login, peter: Login) -> None:
    keys = {name_key(peter), confirmation_key(peter)}
    for key in keys:
        limits.hit(key, 15 * limits.MINUTE)
    sign_in_ways.reactivate(login=peter, by=by(ada))
    assert not Attempts.objects.filter(key__in=keys).exists()


def test_the_columns_of_so_many_grids_are_remembered(ada: Login) -> None:
    for number in range(MOST_GRIDS + 1):
        choose_columns(login=ada, grid=f"grid-{number}", hidden=["name"], by=by(ada))
    kept = fresh(ada).hidden_columns
    assert len(kept) == MOST_GRIDS
    assert "grid-0" not in kept
    assert f"grid-{MOST_GRIDS}" in kept


def test_a_service_login_gets_no_link_to_a_password(ada: Login, peter: Login) -> None:
    peter.is_service = True
    peter.save(update_fields=["is_service"])
    with pytest.raises(Refused, match="service login"):
        invitations.reset_password(login=peter, by=by(ada))
    peter.set_unusable_password()
    peter.save(update_fields=["password"])
    with pytest.raises(Refused, match="service login"):
        invitations.invite(login=peter, by=by(ada))
    assert not OutboxMail.objects.exists()


def test_an_action_ends_sessions_of_its_login_alone(ada: Login, olivia: Login) -> None:
    with pytest.raises(Conflict):
        sessions.end(login=ada, session=console_session(olivia), by=by(ada))
    assert UserSession.objects.filter(user=olivia).exists()
