"""Who may make access tokens by program, and with which roles: never more than the token that asks has."""

from typing import Any

import pytest

from accounts.actions import roles
from accounts.models import Login, Organisation
from accounts.pairs import Pair
from accounts.roles import TokenRole
from audit.models import Entry
from tests.api_calls import valid_token
from tests.cast import Places
from tests.epilot_calls import ADDRESS, MANAGE, limited, made, manager, pairs_of, post, refused, request, role  # noqa: F401  # manager is a fixture
from tests.factories import UserTypeFactory
from tests.token_story import actor
from tokens import actions
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)


class TestWhoMay:
    def test_nobody_without_a_token(self, olivia: Login) -> None:
        for method in ("GET", "POST"):
            response = request(method, None, body={"name": "a"})
            refused(response, 401)
            assert response["WWW-Authenticate"].startswith("Bearer")
        assert not Entry.objects.exists()

    def test_no_scope(self, olivia: Login) -> None:
        _token, jwt = valid_token(olivia, scopes=3)
        response = post(jwt, {"name": "a"})
        assert "scope" in refused(response, 403)
        assert 'scope="api:token:manage"' in response["WWW-Authenticate"]
        assert Entry.objects.get().reason == "scope_missing"

    def test_no_permission_to_create(self, olivia: Login, organisation: Organisation) -> None:
        """The Personal role without token:create lists and revokes; it makes none."""
        reading = UserTypeFactory(organisation=organisation, permissions=["report:read"])
        olivia.assignments.all().delete()
        olivia.assignments.create(user_type=reading)
        token, jwt = valid_token(olivia, scopes=MANAGE)
        assert "token:create" in refused(post(jwt, {"name": "a"}), 403)
        assert request("GET", jwt).status_code == 200
        assert request("DELETE", jwt, f"{ADDRESS}/{token.public_id}").status_code == 200

    def test_token_create_by_the_tokens_own_pairs(self, olivia: Login, organisation: Organisation) -> None:
        """Union × union: the owner may create elsewhere, the token is limited to where nobody may."""
        reading = UserTypeFactory(organisation=organisation, permissions=["report:read"])
        olivia.assignments.create(user_type=reading)
        jwt = limited(olivia, Pair(reading.pk, None))
        for roles_wanted in ([], [f"{organisation.pk}:{reading.slug}"], [role(olivia)]):
            assert "token:create" in refused(post(jwt, {"name": "a", "assume_roles": roles_wanted}), 403)
        assert AccessToken.objects.count() == 1

    def test_the_personal_role_removed(self, manager: tuple[AccessToken, str], olivia: Login, ada: Login) -> None:
        child = post(manager[1], {"name": "Child"}).json()["token"]
        roles.remove_role(login=olivia, role=TokenRole.PERSONAL, by=actor(ada))
        refused(post(manager[1], {"name": "a"}), 401)
        assert request("GET", child, "/api/meta").status_code == 401

    def test_removed_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, ada: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.after_admission(
            monkeypatch, lambda: roles.remove_role(login=olivia, role=TokenRole.PERSONAL, by=actor(ada))
        )
        assert "Personal role" in refused(post(manager[1], {"name": "a"}), 403)
        assert AccessToken.objects.count() == 1

    def test_revoked_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.after_admission(monkeypatch, lambda: actions.revoke(token=manager[0], by=actor(olivia)))
        assert "revoked" in refused(post(manager[1], {"name": "a"}), 403)
        assert AccessToken.objects.count() == 1

    def test_narrowed_between_the_admission_and_the_deed(
        self, manager: tuple[AccessToken, str], olivia: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        finance, _south = pairs_of(olivia)
        narrowed = AccessToken.objects.filter(pk=manager[0].pk)
        self.after_admission(monkeypatch, lambda: narrowed.update(current_restriction=f"|{finance.encoded()}|"))
        refused(post(manager[1], {"name": "a"}), 400)
        assert AccessToken.objects.count() == 1

    @staticmethod
    def after_admission(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
        """Something happens when everything was looked at and nothing is locked yet."""
        mint = actions.mint

        def meanwhile(**wanted: Any) -> Any:
            happens()
            return mint(**wanted)

        monkeypatch.setattr("tokens.api.epilot.actions.mint", meanwhile)

    def test_view_only_later(self, manager: tuple[AccessToken, str], olivia: Login, ada: Login) -> None:
        child = post(manager[1], {"name": "Child"}).json()["token"]
        roles.set_user_type(login=olivia, slug="view-only", by=actor(ada))
        for jwt in (manager[1], child):
            refused(post(jwt, {"name": "a"}), 401)

    def test_another_organisation_in_the_header(
        self, manager: tuple[AccessToken, str], olivia: Login, olga: Login
    ) -> None:
        for named in (str(olga.organisation_id), "", "x"):
            refused(post(manager[1], {"name": "a"}, HTTP_X_EPILOT_ORG_ID=named), 403)
        own = post(manager[1], {"name": "a"}, HTTP_X_EPILOT_ORG_ID=str(olivia.organisation_id))
        assert own.status_code == 201


class TestRoles:
    """``assume_roles`` gives the caller's pairs of those user types, and nothing else."""

    @pytest.fixture
    def auditor(self, olivia: Login, organisation: Organisation, places: Places) -> Pair:
        """Olivia is an auditor of Energy too."""
        auditing = UserTypeFactory(organisation=organisation, slug="auditor", permissions=["report:read", "log:view"])
        return olivia.assignments.create(user_type=auditing, department=places.energy).pair

    def test_either_spelling(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        for field in ("assume_roles", "assignments"):
            body = post(manager[1], {"name": field, field: [role(olivia, "auditor")]}).json()
            assert body["assignments"] == [role(olivia, "auditor")]
            assert made().pairs == {auditor}

    def test_both_alike(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        wanted = [role(olivia), role(olivia, "auditor")]
        body = post(manager[1], {"name": "a", "assume_roles": wanted, "assignments": wanted[::-1] + wanted}).json()
        assert body["assignments"] == sorted(wanted)
        assert made().pairs == {auditor, *pairs_of(olivia)}

    def test_not_limited_and_none_named(self, manager: tuple[AccessToken, str], olivia: Login, auditor: Pair) -> None:
        for none in ({"name": "a"}, {"name": "b", "assignments": []}):
            body = post(manager[1], none).json()
            assert body["assignments"] == sorted([role(olivia), role(olivia, "auditor")])
            assert made().pairs is None

    def test_limited_and_none_named(self, olivia: Login, auditor: Pair) -> None:
        finance, _south = pairs_of(olivia)
        body = post(limited(olivia, finance, auditor), {"name": "a"}).json()
        assert made().pairs == {finance, auditor}
        assert body["assignments"] == sorted([role(olivia), role(olivia, "auditor")])

    def test_limited_a_role_gives_its_pairs_alone(self, olivia: Login, auditor: Pair) -> None:
        """Of General User the token has Finance, not South: naming the role gives no South."""
        finance, south = pairs_of(olivia)
        assert post(limited(olivia, finance, auditor), {"name": "a", "assume_roles": [role(olivia)]}).status_code == 201
        assert made().pairs == {finance}
        assert south not in (made().pairs or set())

    def test_a_role_that_the_token_has_not(self, olivia: Login, auditor: Pair) -> None:
        finance, _south = pairs_of(olivia)
        jwt = limited(olivia, finance)
        told = refused(post(jwt, {"name": "a", "assume_roles": [role(olivia), role(olivia, "auditor")]}), 400)
        assert role(olivia, "auditor") in told
        assert role(olivia) not in told

    def test_roles_that_the_owner_has_not(self, manager: tuple[AccessToken, str], olivia: Login, olga: Login) -> None:
        for wanted in (role(olivia, "owner"), role(olga), role(olga, "owner"), role(olivia, "nonsense")):
            assert wanted in refused(post(manager[1], {"name": "a", "assume_roles": [wanted]}), 400)
        assert AccessToken.objects.count() == 1

    def test_a_child_makes_no_more_than_its_parent(self, olivia: Login, auditor: Pair) -> None:
        """Even if somebody gives the child the scope: it has its parent's pairs."""
        finance, _south = pairs_of(olivia)
        child = post(limited(olivia, finance), {"name": "Child"}).json()["token"]
        AccessToken.objects.filter(name="Child").update(current_scopes=7)
        assert post(child, {"name": "Grandchild"}).status_code == 201
        assert made().pairs == {finance}
        refused(post(child, {"name": "Other", "assume_roles": [role(olivia, "auditor")]}), 400)

    def test_what_the_owner_loses_all_lose(self, olivia: Login) -> None:
        finance, south = pairs_of(olivia)
        jwt = limited(olivia, finance, south)
        child = post(jwt, {"name": "Child"}).json()["token"]
        olivia.assignments.filter(department_id=finance.department_id).delete()
        assert post(jwt, {"name": "Later"}).status_code == 201
        assert made().pairs == {south}
        olivia.assignments.all().delete()
        refused(post(jwt, {"name": "Last"}), 401)
        assert request("GET", child, "/api/meta").status_code == 401
