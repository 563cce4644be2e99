"""One statement admits and records a call; every condition acts on the very next one."""

import json
import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Attempts
from accounts.pairs import Pair, encode
from audit.models import Entry, PendingSeal
from audit.verbs import Verb
from tests.api_calls import call, make_valid, valid_token  # noqa: F401
from tests.wire import counted
from tokens import admission, jwt
from tokens.admission import Call, InOpenTransaction, NotAdmitted, NotOurs, admit, floods, notices
from tokens.models import AccessToken
from tokens.scopes import Scope
from tokens.verdicts import Verdict

pytestmark = pytest.mark.django_db(transaction=True)

CALL = Call(address="192.0.2.7", user_agent="Excel/16.0", request_id="r" * 16, method="GET", path="/api/data/Test")


def admitted(text: str, scope: Scope = Scope.REPORT, tenant: int | None = None) -> admission.Admitted:
    return admit(text.encode(), scope=scope, call=CALL, tenant=tenant)


def refusal(text: str, scope: Scope = Scope.REPORT, tenant: int | None = None) -> str:
    """The reason, which the one new entry names too."""
    before = Entry.objects.count()
    with pytest.raises(NotAdmitted) as caught:
        admitted(text, scope, tenant)
    entry = Entry.objects.latest("id")
    assert Entry.objects.count() == before + 1
    assert (entry.verb, entry.result, entry.reason) == (Verb.TOKEN_AUTHENTICATE, "fail", caught.value.verdict.value)
    return caught.value.verdict.value


def test_an_admitted_call_is_recorded_and_brings_what_its_view_needs(olivia):
    token, text = valid_token(olivia, name="Power BI")
    found = admitted(text)
    entry = Entry.objects.get()
    assert found.entry_id == entry.pk
    assert (found.owner_id, found.owner_public_id, found.owner_label) == (olivia.pk, olivia.public_id, olivia.user_name)
    assert (found.organisation_id, found.time_zone, found.language) == (
        olivia.organisation_id, olivia.time_zone, olivia.language,
    )  # fmt: skip
    assert (found.token_key, found.token_id, found.token_name) == (token.pk, token.public_id, "Power BI")
    assert (found.scopes, found.pairs, found.request_id) == (Scope.META | Scope.REPORT, olivia.pairs, CALL.request_id)
    assert (entry.verb, entry.result, entry.reason, entry.channel, entry.scheme) == (
        Verb.TOKEN_AUTHENTICATE, "ok", "", "api", "bearer",
    )  # fmt: skip
    assert (entry.organisation_id, entry.owner_id, entry.owner_label) == (
        olivia.organisation_id, olivia.public_id, olivia.user_name,
    )  # fmt: skip
    assert (entry.token_id, entry.token_name, entry.actor_label) == (token.public_id, "Power BI", "Reports API")
    assert (entry.address, entry.user_agent, entry.request_id, entry.method, entry.path) == (
        CALL.address, CALL.user_agent, CALL.request_id, CALL.method, CALL.path,
    )  # fmt: skip
    assert entry.details is None
    assert PendingSeal.objects.filter(entry_id=entry.pk).exists()
    assert abs(entry.at - timezone.now()) < timedelta(minutes=1)


def change_token(**values: Any) -> Any:
    return lambda token: AccessToken.objects.filter(pk=token.pk).update(**values)


def change_owner(**values: Any) -> Any:
    return lambda token: type(token.owner).objects.filter(pk=token.owner_id).update(**values)


def change_organisation(**values: Any) -> Any:
    def change(token):
        type(token.owner.organisation).objects.filter(pk=token.owner.organisation_id).update(**values)

    return change


PAST = timezone.now() - timedelta(seconds=1)
EFFECTS = {
    Verdict.REVOKED: change_token(revoked_at=PAST),
    Verdict.REPLACED: change_token(digest=b"x" * 32),
    Verdict.NOT_GENERATED: change_token(digest=None, generated_at=None),
    Verdict.EXPIRED: change_token(expires_at=PAST),
    Verdict.SCOPE_MISSING: change_token(current_scopes=Scope.META),
    Verdict.LOGIN_DISABLED: change_owner(enabled=False),
    Verdict.LOGIN_EXPIRED: change_owner(expires_at=PAST),
    Verdict.ROLE_MISSING: change_owner(has_personal_role=False),
    Verdict.ORGANISATION_SUSPENDED: change_organisation(suspended_at=PAST),
    Verdict.TOKENS_STOPPED: change_organisation(tokens_stopped_at=PAST),
    Verdict.LOGIN_STOPPED: change_owner(tokens_stopped_at=PAST),
    Verdict.NETWORK_REFUSED: change_token(allowed_networks="{203.0.113.0/24}"),
    Verdict.NO_ASSIGNMENT: lambda token: token.owner.assignments.all().delete(),
    Verdict.TOO_MANY_CALLS: change_token(calls_per_minute=0),
}
# Those of which another test tells, here or with what they are about.
ELSEWHERE = {
    Verdict.NOT_SAVED, Verdict.WRONG_TENANT, Verdict.SESSION_ENDED, Verdict.PASSWORD_CHANGED, Verdict.VIEW_ONLY,
    Verdict.REUSED, Verdict.SIGN_IN_REFUSED,
}  # fmt: skip


@pytest.mark.parametrize(("reason", "change"), EFFECTS.items(), ids=[reason.value for reason in EFFECTS])
def test_a_change_acts_on_the_next_call(olivia, reason, change):
    token, text = valid_token(olivia)
    admitted(text)
    change(token)
    assert refusal(text) == reason


def test_every_reason_has_its_test():
    assert set(Verdict) == {*EFFECTS, *ELSEWHERE}


def test_the_tenant_that_was_named_is_the_tokens(olivia, olga):
    _token, text = valid_token(olivia)
    assert admitted(text, tenant=olivia.organisation_id).organisation_id == olivia.organisation_id
    for wrong in (olga.organisation_id, 0, 10**18 - 1):
        assert refusal(text, tenant=wrong) == Verdict.WRONG_TENANT


LIMITS = [(None, 3), (3, None), (3, 10), (10, 3)]


@pytest.mark.parametrize(("own", "of_organisation"), LIMITS)
@time_machine.travel("2027-03-01 10:00:10", tick=False)
def test_the_narrower_limit_of_calls_holds(olivia, own, of_organisation):
    token, text = valid_token(olivia)
    change_token(calls_per_minute=own)(token)
    change_organisation(token_calls_per_minute=of_organisation)(token)
    assert [admitted(text).calls.left for _call in range(3)] == [2, 1, 0]
    assert refusal(text) == Verdict.TOO_MANY_CALLS
    with time_machine.travel("2027-03-01 10:01:00", tick=False):
        assert admitted(text).calls == admission.Calls(limit=3, left=2, seconds=60)


def test_without_a_limit_nothing_is_counted(olivia):
    _token, text = valid_token(olivia)
    assert admitted(text).calls is None
    assert not Attempts.objects.exists()


def test_of_simultaneous_calls_exactly_the_limit_passes(olivia):
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def run() -> None:
        try:
            barrier.wait()
            for _turn in range(3):
                try:
                    admitted(text)
                    outcomes.append("ok")
                except NotAdmitted as refused:
                    outcomes.append(refused.verdict.value)
        finally:
            connection.close()

    with time_machine.travel("2027-03-01 10:00:10", tick=False):
        token, text = valid_token(olivia)
        change_token(calls_per_minute=5)(token)
        threads = [threading.Thread(target=run) for _thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(outcomes) == ["ok"] * 5 + ["too_many_calls"] * 19


def test_a_shown_jwt_is_not_valid_before_it_is_saved(olivia):
    token, valid = valid_token(olivia)
    shown = jwt.issue(token, scopes=3, pairs=olivia.pairs, expires_at=None, issued_at=timezone.now())
    change_token(pending_digest=jwt.digest(shown), pending_dialog="d", pending_made_at=timezone.now())(token)
    assert refusal(shown) == Verdict.NOT_SAVED
    admitted(valid)


def test_the_second_of_expiry_is_too_late(olivia):
    token, text = valid_token(olivia)
    change_token(expires_at=timezone.now() + timedelta(seconds=5))(token)
    admitted(text)
    change_token(expires_at=timezone.now().replace(microsecond=0))(token)
    assert refusal(text) == Verdict.EXPIRED


def test_a_longer_record_prolongs_no_jwt(olivia):
    token, _text = valid_token(olivia)
    text = make_valid(token, expires_at=timezone.now() - timedelta(seconds=2))
    change_token(expires_at=timezone.now() + timedelta(days=9))(token)
    assert refusal(text) == Verdict.EXPIRED


def test_each_needed_scope_must_be_there(olivia):
    _token, text = valid_token(olivia, scopes=Scope.META | Scope.REPORT)
    admitted(text, Scope.META)
    admitted(text, Scope(0))
    assert refusal(text, Scope.TOKEN) == Verdict.SCOPE_MISSING
    assert refusal(text, Scope.META | Scope.TOKEN) == Verdict.SCOPE_MISSING


def test_a_restriction_only_ever_narrows(olivia, places):
    finance, south = sorted(olivia.pairs, key=lambda pair: pair.department_id or 0)
    assert (finance.department_id, south.department_id) == (places.finance.pk, places.south.pk)
    _token, text = valid_token(olivia, restriction=encode([finance]))
    assert admitted(text).pairs == {finance}
    # What is granted later does not widen it, what is taken away narrows it to nothing.
    olivia.assignments.create(user_type_id=finance.user_type_id, department=None)
    assert admitted(text).pairs == {finance}
    olivia.assignments.filter(department=places.finance).delete()
    assert refusal(text) == Verdict.NO_ASSIGNMENT


def test_a_pair_is_not_taken_for_one_that_it_begins_with(olivia):
    user_type = olivia.assignments.first().user_type_id
    token, text = valid_token(olivia)
    longer = [Pair(user_type * 10 + 1, None), Pair(user_type, 10**9)]
    change_token(current_restriction=encode(longer))(token)
    assert refusal(text) == Verdict.NO_ASSIGNMENT


def test_an_empty_restriction_gives_nothing(olivia):
    token, text = valid_token(olivia)
    change_token(current_restriction=encode([]))(token)
    assert refusal(text) == Verdict.NO_ASSIGNMENT


def test_unrestricted_means_the_assignments_of_the_moment(olivia):
    _token, text = valid_token(olivia)
    assert admitted(text).pairs == olivia.pairs
    whole = Pair(olivia.assignments.first().user_type_id, None)
    olivia.assignments.create(user_type_id=whole.user_type_id, department=None)
    assert admitted(text).pairs == olivia.pairs | {whole}


def test_password_and_names_do_not_touch_tokens(olivia):
    _token, text = valid_token(olivia)
    olivia.set_password("another long password")
    olivia.user_name, olivia.email = "olivia.renamed@demo.example", "new@demo.example"
    olivia.save()
    assert admitted(text).owner_label == "olivia.renamed@demo.example"


def test_another_tokens_jwt_does_not_open_this_one(olivia, ada):
    _first, text = valid_token(olivia)
    second, _other = valid_token(ada)
    change_token(digest=jwt.digest(text))(second)
    assert admitted(text).owner_public_id == olivia.public_id


def test_first_and_last_use(olivia):
    token, text = valid_token(olivia)
    admitted(text)
    token.refresh_from_db()
    first = token.first_used_at
    assert first is not None
    assert token.last_used_at == first
    admitted(text)
    token.refresh_from_db()
    assert (token.first_used_at, token.last_used_at) == (first, first)
    change_token(last_used_at=timezone.now() - timedelta(seconds=61))(token)
    admitted(text)
    token.refresh_from_db()
    assert token.first_used_at == first
    assert timezone.now() - token.last_used_at < timedelta(seconds=30)


def test_a_refused_call_is_no_use(olivia):
    token, text = valid_token(olivia)
    change_owner(enabled=False)(token)
    refusal(text)
    token.refresh_from_db()
    assert token.first_used_at is None


def test_a_genuine_jwt_of_no_record_leaves_no_entry(olivia):
    token, text = valid_token(olivia)
    token.delete()
    before = admission.strings_refused.labels("unknown_token")._value.get()
    with pytest.raises(NotOurs):
        admitted(text)
    assert not Entry.objects.exists()
    assert admission.strings_refused.labels("unknown_token")._value.get() == before + 1


def test_a_string_that_is_no_token_costs_no_statement(olivia):
    with counted() as statements, pytest.raises(NotOurs):
        admitted("eyJhbGciOiJub25lIn0.e30.")
    assert statements == []


def test_a_flood_of_strings_does_not_fill_the_log(olivia, caplog, monkeypatch):
    clock = SimpleNamespace(now=1_000_000.0)
    monkeypatch.setattr(notices, "time", SimpleNamespace(monotonic=lambda: clock.now))
    caplog.set_level("INFO", "tokens.admission")
    counted_before = admission.strings_refused.labels("not_ours")._value.get()
    for number in range(101):
        clock.now += number // 100  # the last one in the next second
        with pytest.raises(NotOurs):
            admitted(f"nothing {number}")
    assert len(caplog.records) == 20 + 1
    assert caplog.records[-1].msg["left_out"] == 80
    assert admission.strings_refused.labels("not_ours")._value.get() == counted_before + 101


def test_a_flood_of_refusals_leaves_sixty_entries_and_one_that_says_so(olivia):
    token, text = valid_token(olivia)
    _other, other_text = valid_token(olivia)
    change_token(revoked_at=PAST)(token)
    for _each in range(100):
        with pytest.raises(NotAdmitted):
            admitted(text)
    entries = Entry.objects.filter(result="fail")
    assert set(entries.values_list("reason", flat=True)) == {"revoked"}
    if Attempts.objects.filter(key=f"fail:{token.public_id}").count() == 1:  # else a minute began in between
        assert entries.count() == 61
        assert entries.latest("id").details == {"summary": True, "recorded": 60, "seconds": 60}
    change_token(revoked_at=None)(token)
    admitted(text)  # a flood shuts nobody out, not even this token
    admitted(other_text)


def test_hostile_texts_around_a_call_are_recorded_safely(olivia):
    _token, text = valid_token(olivia)
    nasty = "\x00'\"%s|\ud7ff" + "ü" * 400
    call = Call(address="x" * 99, user_agent=nasty, request_id="r", method="PROPFIND-ALL", path="/" + nasty)
    entry = Entry.objects.get(pk=admit(text.encode(), scope=Scope.META, call=call).entry_id)
    assert entry.user_agent.startswith("\ufffd'\"%s|")
    assert (len(entry.user_agent), len(entry.path), entry.method) == (200, 200, "PROPFIND")


def test_never_inside_an_open_transaction(olivia):
    _token, text = valid_token(olivia)
    with transaction.atomic(), pytest.raises(InOpenTransaction):
        admitted(text)


def test_an_answer_in_spite_of_a_change_between_the_two_statements(olivia, monkeypatch):
    token, text = valid_token(olivia)
    change_owner(enabled=False)(token)

    def count(token_id):
        change_owner(enabled=True)(token)
        return 1

    monkeypatch.setattr(floods, "count_refusal", count)
    assert admitted(text).token_id == token.public_id
    assert list(Entry.objects.values_list("result", flat=True)) == ["ok"]


def test_one_statement_on_the_wire(olivia):
    _token, text = valid_token(olivia)
    admitted(text)
    for _each in range(3):
        before = Entry.objects.count()
        with counted() as statements:
            admitted(text)
        assert len(statements) == 1, statements
        assert Entry.objects.count() == before + 1


def test_the_counter_of_statements_counts(olivia):
    with counted() as statements:
        Entry.objects.count()
        Entry.objects.count()
    assert len(statements) == 2, statements


def test_the_statement_is_prepared_on_the_server(olivia):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that prepares")
    _token, text = valid_token(olivia)
    admitted(text)
    admitted(text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        uses = [count for statement, count in cursor.fetchall() if "INSERT INTO audit_entry" in statement]
    assert uses == [2]


def test_calls_of_many_threads(olivia):
    _token, text = valid_token(olivia)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _each in range(20):
                admitted(text)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Entry.objects.count() == 160
    assert PendingSeal.objects.count() == 160


def test_the_api_says_what_the_call_is(olivia, call):
    _token, text = valid_token(olivia)
    response = call(text)
    assert response.status_code == 200
    assert json.loads(response.content)["principal"] == olivia.public_id
    assert response["Cache-Control"] == "no-store"
