"""The demonstration: refused where it does no good, made once, the same each time, and true to the rules."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Contact, Login, Organisation
from audit.models import Entry, PendingSeal
from audit.verbs import Result, Verb
from tokens.models import AccessToken
from tokens.scopes import Scope
from tokens.statuses import Status
from tokens.verdicts import Verdict

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Made once for this module, inside a transaction that is rolled back in the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield run()
        transaction.set_rollback(True)


def ours() -> Organisation:
    return Organisation.objects.get(name="Demo Organisation")


def test_a_second_time_says_so_and_changes_nothing(demo: str) -> None:
    before = (Entry.objects.count(), Login.objects.count(), AccessToken.objects.count())
    assert "are made" in demo
    assert "Nothing is changed" in run()
    assert (Entry.objects.count(), Login.objects.count(), AccessToken.objects.count()) == before


def test_the_sign_ins_are_the_documented_ones(demo: str, settings: Any) -> None:
    logins = {login.user_name: login for login in Login.objects.select_related("organisation", "contact")}
    roles = {name: (login.has_personal_role, login.has_admin_role) for name, login in logins.items()}
    assert roles["ada@demo.example"] == (True, True)
    assert logins["ada@demo.example"].is_system_administrator
    assert roles["peter.john@demo.example"] == (False, False)
    assert roles["olivia@demo.example"] == (True, False)
    assert len(logins["olivia@demo.example"].pairs) == 2
    assert logins["vera@demo.example"].is_view_only
    assert logins["robot@demo.example"].is_service
    assert roles["robot@demo.example"] == (True, False)
    assert not logins["robot@demo.example"].has_usable_password()
    assert logins["olga@other.example"].is_system_administrator
    assert logins["olga@other.example"].organisation_id != logins["ada@demo.example"].organisation_id
    for name in ("ada@demo.example", "peter.john@demo.example", "olivia@demo.example", "vera@demo.example"):
        assert logins[name].check_password(settings.DEMO_PASSWORD)
        assert logins[name].is_active


def test_ada_signs_in_and_sees_her_home(demo: str, client: Any, settings: Any) -> None:
    answer = client.post("/sign-in", {"login": "ada@demo.example", "password": settings.DEMO_PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert answer.wsgi_request.user.is_authenticated


def test_there_is_enough_to_look_at(demo: str) -> None:
    organisation = ours()
    assert Contact.objects.filter(organisation=organisation).count() == 43
    tokens = AccessToken.objects.of_organisation(organisation.pk)
    assert tokens.count() == 60
    statuses = [token.status for token in tokens]
    assert all(statuses.count(status) >= 5 for status in Status)
    assert {token.name for token in tokens} >= {"Finance Power BI", "SAP nightly export", "Board pack", "LabTest"}
    days = {entry.date() for entry in Entry.objects.of_organisation(organisation.pk).values_list("at", flat=True)}
    assert len([day for day in days if (timezone.now().date() - day).days <= 90]) > 85


def test_no_rule_of_the_product_is_broken(demo: str) -> None:
    for login in Login.objects.all():
        assert login.is_system_administrator or not login.has_admin_role
        assert not (login.is_view_only and (login.has_personal_role or login.has_admin_role))
    for token in AccessToken.objects.select_related("owner"):
        assert token.expiry_choice != "never" or token.expires_at is None
        assert token.first_used_at is None or token.generated_at <= token.first_used_at <= token.last_used_at
        assert token.pairs is None or token.pairs <= token.owner.pairs
    digests = [bytes(digest) for digest in AccessToken.objects.exclude(digest=None).values_list("digest", flat=True)]
    assert len(set(digests)) == len(digests) == AccessToken.objects.exclude(generated_at=None).count()


def test_the_history_and_the_tokens_tell_the_same(demo: str) -> None:
    for token in AccessToken.objects.select_related("owner"):
        log = Entry.objects.of_token(token.public_id)
        assert log.filter(verb=Verb.TOKEN_CREATE).count() == 1
        assert log.filter(verb=Verb.TOKEN_GENERATE).exists() == (token.generated_at is not None)
        assert log.filter(verb=Verb.TOKEN_REVOKE).exists() == (token.revoked_at is not None)
        assert set(log.values_list("owner_id", "organisation_id")) == {
            (token.owner.public_id, token.owner.organisation_id)
        }
        admitted = log.filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
        assert admitted.filter(at__gte=token.generated_at or timezone.now()).exists() == bool(token.first_used_at)
        if token.last_used_at:
            assert admitted.latest("at").at == token.last_used_at
            assert token.expires_at is None or token.last_used_at < token.expires_at
            assert token.revoked_at is None or token.last_used_at < token.revoked_at
        if not token.current_scopes & Scope.REPORT:
            assert not admitted.filter(path__startswith="/api/data").exists()


def test_every_refusal_is_one_that_the_product_makes(demo: str) -> None:
    refused = Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.FAIL)
    found = set(refused.values_list("reason", flat=True))
    assert found == {"expired", "login_disabled", "replaced", "revoked", "role_missing", "scope_missing"}
    assert found <= set(Verdict.values)


def test_every_entry_is_marked_ordered_and_waits_for_its_seal(demo: str) -> None:
    assert set(Entry.objects.values_list("channel", flat=True)) == {"demo"}
    times = list(Entry.objects.order_by("id").values_list("at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= timezone.now()
    assert PendingSeal.objects.count() == len(times)
