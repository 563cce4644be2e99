"""A System Administrator of one organisation manages nobody of another, whoever calls the action."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actions import factors, invitations, logins, people, roles, sign_in_ways, token_stop
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.roles import TokenRole
from accounts.rules.logins import against_granting, against_stopping
from accounts.rules.managing import against_managing, against_managing_contact
from audit.models import Entry
from tests.second_factors import give_app
from tests.token_story import actor

pytestmark = pytest.mark.django_db

DEEDS: dict[str, Callable[[Login, Any], object]] = {
    "add a role": lambda login, by: roles.add_role(login=login, role=TokenRole.PERSONAL, by=by),
    "remove a role": lambda login, by: roles.remove_role(login=login, role=TokenRole.PERSONAL, by=by),
    "set the user type": lambda login, by: roles.set_user_type(login=login, slug="owner", by=by),
    "disable": lambda login, by: logins.disable(login=login, by=by),
    "delete": lambda login, by: logins.delete_login(login=login, by=by),
    "delete the contact": lambda login, by: people.delete_contact(contact=login.contact, by=by),
    "set as SSO": lambda login, by: sign_in_ways.set_sso(login=login, sso=True, by=by),
    "force a new password": lambda login, by: sign_in_ways.force_password_change(login=login, by=by),
    "reactivate": lambda login, by: sign_in_ways.reactivate(login=login, by=by),
    "reset the password": lambda login, by: invitations.reset_password(login=login, by=by),
    "reset the second factor": lambda login, by: factors.reset_factors(login=login, by=by),
    "stop the tokens": lambda login, by: token_stop.stop_tokens_of(login=login, by=by),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_no_deed_reaches_over(olivia: Login, olga: Login, ada: Login, deed: str) -> None:
    assert olga.is_system_administrator
    give_app(olivia)
    with pytest.raises(Refused) as refused:
        DEEDS[deed](olivia, actor(olga))
    assert refused.value.code == "not_allowed"
    assert not Entry.objects.exists()
    DEEDS[deed](olivia, actor(ada))  # the control: an administrator of her own


def test_the_rules_say_so(olivia: Login, olga: Login, ada: Login) -> None:
    for rule in (against_granting, against_stopping, against_managing):
        assert rule(olga, olivia)
        assert rule(ada, olivia) is None
        assert rule(None, olivia) is None
    assert against_managing_contact(olga, olivia.contact, [])
    assert against_managing_contact(ada, olivia.contact, []) is None
