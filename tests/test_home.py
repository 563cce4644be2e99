"""Home: to administrators what wants attention, to users their own tokens, to everyone only what they may see."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Login, Organisation, OutboxMail
from accounts.permissions import Permission
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.cast import person
from tests.factories import AccessTokenFactory, UserTypeFactory
from tests.token_story import created, generated, signed_in
from tokens.attention import Attention
from tokens.models import AccessToken
from tokens.verdicts import WAYS_OUT, Verdict

pytestmark = pytest.mark.django_db


def home(login: Login) -> Any:
    response = signed_in(login).get("/")
    assert response.status_code == 200
    return response


def reads(login: Login) -> str:
    main = home(login).content.decode().partition("<main id=")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def refused(token: AccessToken, reason: str, **more: Any) -> None:
    entry(token.owner, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason=reason, **more)


def used(token: AccessToken, days_ago: float = 0) -> None:
    entry(token.owner, Verb.TOKEN_AUTHENTICATE, token=token, days_ago=days_ago)
    at = timezone.now() - timedelta(days=days_ago)
    AccessToken.objects.filter(pk=token.pk).update(first_used_at=at, last_used_at=at)


def named(owner: Login, name: str, **more: Any) -> AccessToken:
    generated(token := created(owner, name))
    AccessToken.objects.filter(pk=token.pk).update(**more)
    token.refresh_from_db()
    return token


@pytest.fixture
def troubles(olivia: Login, robot: Login, olga: Login) -> None:
    """One token of each kind of attention, and a stranger's in every one of them."""
    now = timezone.now()
    for owner in (olivia, olga):
        used(failing := named(owner, "SAP nightly export", expires_at=now - timedelta(days=10)), 11)
        refused(failing, "expired")
        used(named(owner, "Ends soon", expires_at=now + timedelta(days=3)))
        named(owner, "Never used", expires_at=now + timedelta(days=80))
        used(named(owner, "Idle", expires_at=now + timedelta(days=80)), 91)
        used(named(owner, "For ever", expires_at=None))


class TestAdministrator:
    def test_each_number_is_that_of_the_list_it_leads_to(self, troubles: None, ada: Login) -> None:
        client = signed_in(ada)
        figures = client.get("/").context["figures"]
        assert [figure.count for figure in figures] == [1, 1, 1, 1, 1]
        for figure in figures:
            page = client.get(figure.href)
            assert page.status_code == 200, figure.label
            assert page.context["grid"].page.total == figure.count, figure.label
        assert {figure.href.partition("attention=")[2] for figure in figures} == set(Attention.values)

    def test_what_to_do_first(self, troubles: None, ada: Login, olivia: Login) -> None:
        page = reads(ada)
        assert "SAP nightly export Olivia Novak JWT expired: refused 1 time in 24 hours. Generate Token" in page
        assert "Ends soon Olivia Novak Its JWT expires in 3 days." in page
        failing = AccessToken.objects.get(name="SAP nightly export", owner=olivia)
        deed = f'href="/logins/{olivia.public_id}/tokens/{failing.public_id}/generate?back=token"'
        assert deed in home(ada).content.decode()

    def test_all_is_well(self, ada: Login, olivia: Login) -> None:
        used(named(olivia, "Fine", expires_at=timezone.now() + timedelta(days=80)))
        assert "Nothing: no token fails, and none expires in 30 days." in reads(ada)

    def test_calls_are_compared_with_the_time_before(self, ada: Login, olivia: Login, olga: Login) -> None:
        token = named(olivia, "Board pack")
        for days_ago in (1, 2, 3, 40, 41):
            used(token, days_ago)
        refused(token, "expired", days_ago=1)
        used(named(olga, "Hers"))
        page = reads(ada)
        assert "3 OK 1 failed (25.0 %)" in page
        assert "100 % more calls than in the 30 days before." in page
        assert "25.0 % of them failed, 0.0 % before: it is getting worse." in page

    def test_people_are_counted_as_the_list_counts_them(self, ada: Login, organisation: Organisation) -> None:
        new = person(organisation, "New", "One", "new@demo.example")
        new.set_unusable_password()
        new.save()
        person(organisation, "Ends", "Soon", "ends@demo.example", expires_at=timezone.now() + timedelta(days=5))
        person(organisation, "Is", "Over", "over@demo.example", expires_at=timezone.now() - timedelta(days=5))
        client = signed_in(ada)
        figures = client.get("/").context["people"]
        assert {str(figure.label): figure.count for figure in figures} == {
            "Invited": 1,
            "Blocked": 0,
            "Expiring soon": 1,
            "Expired": 1,
        }
        for figure in figures:
            assert client.get(figure.href).context["grid"].page.total == figure.count, figure.label

    def test_mail_that_reaches_nobody(self, ada: Login, settings: Any, tmp_path: Any) -> None:
        settings.EMAIL_FILE_PATH = None
        mail = {"organisation": ada.organisation, "to": "a@demo.example", "subject": "s", "body": "b"}
        assert home(ada).context["mail_notes"] == []
        OutboxMail.objects.create(message_id="1", given_up_at=timezone.now(), **mail)
        OutboxMail.objects.create(message_id="2", created_at=timezone.now() - timedelta(hours=1), **mail)
        OutboxMail.objects.create(message_id="3", **mail)
        page = reads(ada)
        assert "1 mail of the last 7 days could not be delivered and was given up." in page
        assert "1 mail has waited for the mail server for more than 15 minutes." in page
        settings.EMAIL_FILE_PATH = str(tmp_path)
        assert "Mail is written to files on the server" in reads(ada)

    def test_first_steps_until_the_first_call(self, ada: Login, olivia: Login) -> None:
        steps = home(ada).context["steps"]
        assert [step.is_done for step in steps] == [True, True, False, False]
        token = named(olivia, "First")
        assert [step.is_done for step in home(ada).context["steps"]] == [True, True, True, False]
        used(token)
        assert "First steps" not in reads(ada)

    def test_without_the_admin_role_it_says_who_gives_it(self, troubles: None, ada: Login) -> None:
        Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
        page = reads(ada)
        assert "Failing now" not in page
        assert "You are a System Administrator without the Admin role for API tokens" in page
        assert "you yourself, in the Actions of your login" in page
        assert "Calls, last 30 days" in page


class TestUser:
    def test_own_tokens_alone(self, troubles: None, olivia: Login, robot: Login) -> None:
        named(robot, "Nightly warehouse")
        response = home(olivia)
        assert {str(one["status"].label): one["count"] for one in response.context["counts"]} == {
            "Generated - Active": 3,
            "Generated - Inactive": 1,
            "Not Generated": 0,
            "Expired": 1,
        }
        page = reads(olivia)
        assert "Nightly warehouse" not in page
        for heading in ("Contacts & Logins", "Recent activity", "Failing now", "First steps"):
            assert heading not in page

    def test_next_steps_in_the_order_of_their_haste(self, troubles: None, olivia: Login) -> None:
        created(olivia, "Just begun")
        tasks = home(olivia).context["own_tasks"]
        assert [(task.token.name, task.deed) for task in tasks] == [
            ("SAP nightly export", "Generate Token"),
            ("Ends soon", "Generate Token"),
            ("Just begun", "Generate Token"),
            ("Never used", "How to connect"),
        ]
        assert tasks[0].deed_href == f"/tokens/{tasks[0].token.public_id}/generate?back=token"

    @pytest.mark.parametrize(
        ("reason", "deed"),
        [("replaced", "Generate Token"), ("scope_missing", "Edit Token"), ("role_missing", "See why, and what to do")],
    )
    def test_what_helps_against_a_refusal(self, reason: str, deed: str, olivia: Login) -> None:
        used(token := named(olivia, "Board pack", expires_at=timezone.now() + timedelta(days=80)), 1)
        refused(token, reason)
        [task] = home(olivia).context["own_tasks"]
        assert task.deed == deed
        assert str(Verdict(reason).label) in task.words
        assert str(WAYS_OUT[Verdict(reason)]) in reads(olivia)

    def test_a_plot_of_own_calls(self, olivia: Login, robot: Login) -> None:
        used(named(olivia, "Mine"))
        used(named(robot, "Not mine"))
        assert "Calls with your tokens, last 30 days 1 OK 0 failed" in reads(olivia)

    def test_the_first_token(self, olivia: Login) -> None:
        page = reads(olivia)
        assert "No token yet. Make one for each tool or script" in page
        assert "Create New" in page

    def test_whom_to_ask_for_the_role(self, peter: Login, ada: Login) -> None:
        page = reads(peter)
        assert "You do not hold the Personal role for API tokens." in page
        assert "Ada Byron, ada@demo.example" in page
        assert "Create New" not in page

    def test_view_only(self, vera: Login, ada: Login) -> None:
        page = reads(vera)
        assert "View Only logins hold no token." in page
        assert "Ada Byron" in page

    def test_a_log_viewer_of_some_departments(self, olivia: Login, robot: Login, places: Any) -> None:
        """Sees the calls of the departments where ``log:view`` holds, and nothing of the organisation's changes."""
        kind = UserTypeFactory(organisation=olivia.organisation, permissions=[Permission.LOG_VIEW.value])
        viewer = person(olivia.organisation, "Leo", "Log", "leo@demo.example")
        viewer.assignments.all().delete()
        viewer.assignments.create(user_type=kind, department=places.finance)
        used(named(olivia, "In Finance"))
        used(AccessTokenFactory(owner=robot, name="Elsewhere"))
        response = home(viewer)
        assert response.context["plot"].ok == 1
        assert response.context["changes"] == []


class TestEveryone:
    def test_when_they_came_last(self, olivia: Login) -> None:
        assert "You last signed in" not in reads(olivia)
        entry(olivia, Verb.SIGN_IN, days_ago=3, address="198.51.100.9")
        assert re.search(r"You last signed in .*, from 198\.51\.100\.9\.", reads(olivia))

    def test_not_the_session_they_are_in(self, olivia: Login) -> None:
        entry(olivia, Verb.SIGN_IN, days_ago=3, address="198.51.100.9", details={"session": "ses_before"})
        client = signed_in(olivia)
        session = client.session
        session["public_id"] = "ses_now"
        session.save()
        entry(olivia, Verb.SIGN_IN, address="198.51.100.10", details={"session": "ses_now"})
        assert "198.51.100.9" in client.get("/").content.decode()

    def test_it_takes_no_post_and_nobody_unknown(self, olivia: Login) -> None:
        assert Client().get("/").status_code == 302
        assert signed_in(olivia).post("/").status_code == 405
