"""The page of one token: who opens it, what it tells of each status, and that what it shows to copy works."""

import base64
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Login, Organisation
from accounts.permissions import Permission
from tests.api_calls import make_valid, valid_token
from tests.factories import AccessTokenFactory
from tests.report_files import *  # noqa: F403
from tests.report_files import Ground, publish
from tests.token_story import actor, created, edited, generated, signed_in, used
from tokens import actions
from tokens.admission import Call, NotAdmitted, admit
from tokens.models import AccessToken
from tokens.scopes import Scope
from tokens.standing import obstacle
from tokens.verdicts import WAYS_OUT, Verdict

JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    return created(olivia, "Board pack")


def page_of(token: AccessToken) -> str:
    return f"/tokens/{token.public_id}"


def through(token: AccessToken) -> str:
    return f"/logins/{token.owner.public_id}/tokens/{token.public_id}"


def text_of(response) -> str:
    """The page's main part as it reads."""
    assert response.status_code == 200
    main = response.content.decode().partition("<main id=")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def shown(token: AccessToken) -> str:
    return text_of(signed_in(token.owner).get(page_of(token)))


def abilities(token: AccessToken) -> dict[str, str]:
    response = signed_in(token.owner).get(page_of(token))
    return {ability.name.split(":")[1]: ability.state for ability in response.context["abilities"]}


@pytest.mark.django_db
class TestWhoOpensIt:
    def test_its_owner_and_nobody_else(
        self, token: AccessToken, olivia: Login, ada: Login, peter: Login, olga: Login
    ) -> None:
        assert signed_in(olivia).get(page_of(token)).status_code == 200
        assert Client().get(page_of(token)).status_code == 302
        assert [signed_in(login).get(page_of(token)).status_code for login in (ada, peter, olga)] == [404, 403, 404]

    def test_administrators_under_the_login(
        self, token: AccessToken, olivia: Login, ada: Login, olga: Login, robot: Login
    ) -> None:
        page = text_of(signed_in(ada).get(through(token)))
        assert "Contacts & Logins Olivia Novak API Access Tokens Board pack" in page
        assert f"{through(token)}/edit" in signed_in(ada).get(through(token)).content.decode()
        assert signed_in(olivia).get(through(token)).status_code == 403
        assert signed_in(olga).get(through(token)).status_code == 404
        strange = f"/logins/{robot.public_id}/tokens/{token.public_id}"
        assert signed_in(ada).get(strange).status_code == 404

    def test_it_takes_no_post(self, token: AccessToken, olivia: Login) -> None:
        assert signed_in(olivia).post(page_of(token)).status_code == 405

    def test_lists_menus_and_logs_lead_to_it(self, token: AccessToken, olivia: Login, ada: Login) -> None:
        client = signed_in(olivia)
        assert f'href="{page_of(token)}"' in client.get("/tokens").content.decode()
        assert f'href="{page_of(token)}"' in client.get(f"{page_of(token)}/actions").content.decode()
        assert f'href="{page_of(token)}"' in client.get(f"{page_of(token)}/logs").content.decode()
        administrator = signed_in(ada)
        for address in (f"/logins/{olivia.public_id}/tokens", f"{through(token)}/actions", f"{through(token)}/logs"):
            assert f'href="{through(token)}"' in administrator.get(address).content.decode()


@pytest.mark.django_db
class TestStatus:
    def test_before_the_first_jwt(self, token: AccessToken) -> None:
        page = shown(token)
        assert "Not Generated" in page
        assert "A record without a JWT: nothing can call with it yet." in page
        assert abilities(token) == {"meta": "waits", "report": "waits", "token": "lacks"}

    def test_valid_and_never_used(self, token: AccessToken) -> None:
        generated(token)
        page = shown(token)
        assert "Generated - Inactive" in page
        assert "Its JWT is valid and was not used yet. It expires in 30 days." in page
        assert abilities(token) == {"meta": "has", "report": "has", "token": "lacks"}

    def test_in_use(self, token: AccessToken) -> None:
        generated(token)
        used(token)
        assert "In use: last called today at" in shown(token)

    def test_without_an_end(self, olivia: Login) -> None:
        token = created(olivia, "For ever", expiry_choice="never")
        generated(token)
        page = shown(token)
        assert "It never expires." in page
        assert "JWT Expiry Date Never" in page

    def test_expired(self, token: AccessToken) -> None:
        generated(token)
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=2))
        page = shown(token)
        assert "Its JWT expired 2 days ago: every call with it is refused." in page
        assert abilities(token) == {"meta": "waits", "report": "waits", "token": "lacks"}

    def test_revoked(self, token: AccessToken, olivia: Login) -> None:
        generated(token)
        actions.revoke(token=token, by=actor(olivia))
        response = signed_in(olivia).get(page_of(token))
        page = text_of(response)
        assert "Revoked today at" in page
        assert set(abilities(token).values()) == {"lacks"}
        assert page.count("nothing any more: the token is revoked") == 3
        assert "not chosen" not in page
        assert "Description of Use" not in page  # no line with it would work
        html = response.content.decode()
        assert f"{page_of(token)}/logs" in html
        for deed in ("edit", "generate", "revoke"):
            assert f"{page_of(token)}/{deed}" not in html

    def test_a_short_lived_one_is_looked_at_alone(self, olivia: Login) -> None:
        token = AccessTokenFactory(
            owner=olivia, kind="client_credentials", expiry_choice="seconds", expiry_seconds=3600
        )
        make_valid(token, expires_at=timezone.now() + timedelta(hours=1))
        page = shown(token)
        assert "short-lived, from the token endpoint" in page
        assert "Edit Token" not in page
        assert signed_in(olivia).get(f"{page_of(token)}/edit").status_code == 404


@pytest.mark.django_db
class TestWhatItTells:
    def test_facts(self, olivia: Login, ada: Login) -> None:
        token = created(olivia, "Board pack", by=ada, description="For the board", calls_per_minute=60)
        page = shown(token)
        for words in (
            "Owner Olivia Novak olivia@demo.example", "by Ada Byron", "Expires On 30 days", "Calls per minute 60",
            "Read only No", "Limited to no limit", "Description For the board", f"Token id {token.public_id}",
            f"Tenant Id {olivia.organisation_id}",
        ):  # fmt: skip
            assert words in page

    def test_the_narrower_limit_of_calls(self, token: AccessToken) -> None:
        assert "Calls per minute no limit" in shown(token)
        Organisation.objects.update(token_calls_per_minute=30)
        assert "Calls per minute 30 as Demo Organisation allows" in shown(token)
        edited(token, calls_per_minute=60)
        assert "Calls per minute 30 as Demo Organisation allows" in shown(token)
        edited(token, calls_per_minute=5)
        assert "Calls per minute 5 " in shown(token)

    def test_what_an_edit_gives_waits(self, token: AccessToken) -> None:
        generated(token)
        edited(token, scopes=1 | 4)
        assert abilities(token) == {"meta": "has", "report": "lacks", "token": "waits"}

    def test_an_edit_that_leaves_the_jwt_nothing(self, olivia: Login) -> None:
        first, second = sorted(olivia.pairs)[:2]
        token = created(olivia, pairs=frozenset({first}))
        generated(token)
        edited(token, pairs=frozenset({second}))
        page = shown(token)
        assert "Limited to nothing is left" in page
        assert "Limited to no limit" not in page

    def test_what_limits_it(self, olivia: Login, places) -> None:
        [pair] = [pair for pair in olivia.pairs if pair.department_id == places.finance.pk]
        token = created(olivia, "Finance alone", pairs=frozenset({pair}))
        page = shown(token)
        assert "Limited to General User, Finance" in page
        assert "rows of 8 reports: Finance" in page

    def test_read_only(self, olivia: Login) -> None:
        token = created(olivia, "Viewer", read_only=True)
        assert "Read only: whatever the user types allow, it only reads" in shown(token)

    def test_what_stops_the_next_jwt(self, token: AccessToken) -> None:
        Organisation.objects.update(token_scopes_allowed=1)
        response = signed_in(token.owner).get(page_of(token))
        assert "does not allow Report Record" in text_of(response)
        assert f"{page_of(token)}/generate" not in response.content.decode()

    def test_no_jwt_is_on_it(self, token: AccessToken) -> None:
        jwt = generated(token)
        html = signed_in(token.owner).get(page_of(token)).content.decode()
        assert jwt not in html
        assert JWT.findall(html) == []


OBSTACLES = {
    Verdict.ORGANISATION_SUSPENDED: lambda login: Organisation.objects.update(suspended_at=timezone.now()),
    Verdict.TOKENS_STOPPED: lambda login: Organisation.objects.update(tokens_stopped_at=timezone.now()),
    Verdict.LOGIN_DISABLED: lambda login: Login.objects.filter(pk=login.pk).update(enabled=False),
    Verdict.LOGIN_EXPIRED: lambda login: Login.objects.filter(pk=login.pk).update(expires_at=timezone.now()),
    Verdict.ROLE_MISSING: lambda login: Login.objects.filter(pk=login.pk).update(has_personal_role=False),
    Verdict.SCOPE_MISSING: lambda login: AccessToken.objects.update(current_scopes=0),
    Verdict.NO_ASSIGNMENT: lambda login: login.assignments.all().delete(),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verdict", OBSTACLES, ids=str)
def test_it_tells_beforehand_what_a_call_is_told(verdict: Verdict, olivia: Login, ada: Login) -> None:
    token, jwt = valid_token(olivia, name="Board pack")
    OBSTACLES[verdict](olivia)
    with pytest.raises(NotAdmitted) as refused:
        admit(jwt.encode(), scope=Scope.META, call=Call("192.0.2.1", "curl/8", "request", "GET", "/api/meta"))
    assert refused.value.verdict == verdict
    found = AccessToken.objects.select_related("owner__organisation").get(pk=token.pk)
    assert obstacle(found) == verdict
    if verdict != Verdict.ORGANISATION_SUSPENDED:  # nobody of it opens a page then
        assert str(WAYS_OUT[verdict]) in text_of(signed_in(ada).get(through(token)))


@pytest.mark.django_db
def test_nothing_in_the_way_is_nothing_said(token: AccessToken) -> None:
    generated(token)
    assert obstacle(token) is None
    assert 'class="notes"' not in signed_in(token.owner).get(page_of(token)).content.decode()


@pytest.mark.django_db(transaction=True)
class TestWaysToSend:
    def called(self, client: Client, html: str, jwt: str) -> list[int]:
        """Each of the lines to copy, as curl would call."""
        statuses = []
        for line in re.findall(r'<pre id="way-\w+"[^>]*>(.*?)</pre>', html, re.DOTALL):
            words = unescape(line).replace("$TOKEN", jwt).replace("\\\n", " ")
            headers = dict(re.findall(r'-H "([\w-]+): ([^"]+)"', words))
            if user := re.search(r'-u "([^"]+)"', words):
                headers["Authorization"] = "Basic " + base64.b64encode(user[1].encode()).decode()
            address = re.search(r'"http://[^/"]+(/[^"]+)"', words)[1]
            response = client.get(address, headers=headers)
            if response.streaming:
                b"".join(response.streaming_content)
            statuses.append(response.status_code)
        return statuses

    @pytest.mark.parametrize(("scopes", "count"), [(7, 3), (2, 3), (1, 3), (4, 1)])
    def test_what_is_shown_works(self, olivia: Login, client: Client, scopes: int, count: int) -> None:
        token, jwt = valid_token(olivia, scopes=scopes)
        html = signed_in(olivia).get(page_of(token)).content.decode()
        assert self.called(client, html, jwt) == [200] * count

    def test_the_organisations_own_report_is_the_example(self, olivia: Login, client: Client, ground: Ground) -> None:
        publish(ground, olivia.organisation_id, name="Whole")  # without a department it is not for her
        publish(ground, olivia.organisation_id, "department: department", name="Readings", number=2002)
        token, jwt = valid_token(olivia)
        html = signed_in(olivia).get(page_of(token)).content.decode()
        assert "/api/data/Readings" in html
        assert self.called(client, html, jwt) == [200] * 3

    def test_without_a_report_in_reach_another_address_is_shown(self, olivia: Login, client: Client) -> None:
        for user_type in olivia.organisation.user_types.all():
            user_type.permissions = [Permission.TOKEN_CREATE]
            user_type.save()
        token, jwt = valid_token(olivia)
        html = signed_in(olivia).get(page_of(token)).content.decode()
        assert "/api/data/" not in html
        assert self.called(client, html, jwt) == [200] * 3


@pytest.mark.django_db
class TestDeedsFromIt:
    """What was opened on the token's page leads back to it; what was opened in the list, to the list."""

    def test_edit_leads_back(self, token: AccessToken, olivia: Login) -> None:
        client = signed_in(olivia)
        address = f"{page_of(token)}/edit?back=token"
        assert address in client.get(page_of(token)).content.decode()
        dialog = client.get(address).content.decode()
        assert f'action="{address}"' in dialog
        assert f'class="button button-cancel" href="{page_of(token)}"' in dialog
        new = {"name": "Board", "expires_on": "30", "scopes": ["1", "2"]}
        assert client.post(address, new)["Location"] == page_of(token)
        assert client.post(f"{page_of(token)}/edit", {**new, "name": "B"})["Location"] == "/tokens"

    def test_generate_leads_back_by_save_and_by_cancel(self, token: AccessToken, olivia: Login) -> None:
        client = signed_in(olivia)
        for deed in ("cancel", "save"):
            page = client.post(f"{page_of(token)}/generate?back=token").content.decode()
            assert f"{page_of(token)}/generate/{deed}?back=token" in page
            dialog = re.search(r'name="dialog" value="([^"]+)"', page)[1]
            answer = client.post(f"{page_of(token)}/generate/{deed}?back=token", {"dialog": dialog})
            assert (answer.status_code, answer["Location"]) == (303, page_of(token))
        assert "The JWT of Board pack works from now on." in text_of(client.get(page_of(token)))

    def test_revoke_leads_back(self, token: AccessToken, olivia: Login, ada: Login) -> None:
        client = signed_in(ada)
        assert client.post(f"{through(token)}/revoke?back=token")["Location"] == through(token)
        assert "is revoked" in text_of(client.get(through(token)))

    def test_no_other_place_can_be_named(self, token: AccessToken, olivia: Login) -> None:
        address = f"{page_of(token)}/revoke?back=https://evil.example"
        assert signed_in(olivia).post(address)["Location"] == "/tokens"
