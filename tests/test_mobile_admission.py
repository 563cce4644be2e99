"""Admission of mobile sessions: one statement too, by conditions of their own, each of which acts on the next call."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Subquery
from django.db.models.functions import Now
from django.utils import timezone

from accounts.exceptions import BadCredentials
from accounts.models import Attempts, Login
from accounts.pairs import Pair, encode
from audit.actor import Actor
from audit.models import Entry, PendingSeal
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.test_admission import CALL, PAST, admitted, refusal
from tests.test_jwt import claims_of, decoded, signed
from tests.wire import counted
from tokens import admission, jwt
from tokens.actions import mobile
from tokens.actions.mobile import Opened
from tokens.admission import NotAdmitted, NotOurs, admit
from tokens.jwt import verified_refresh
from tokens.keys import ring
from tokens.models import AccessToken, MobileSession
from tokens.scopes import Scope
from tokens.verdicts import MOBILE_WAYS_OUT, Verdict, way_out

pytestmark = pytest.mark.django_db(transaction=True)

BY = Actor(label="Olivia Novak", channel="api")


def begun(login: Login, pair: Pair | None = None) -> Opened:
    return mobile.begin(login=login, device="Olivia's phone", pair=pair, by=BY)


@pytest.fixture
def finance(olivia, places) -> Pair:
    return olivia.assignments.get(department=places.finance).pair


@pytest.fixture
def opened(olivia, finance) -> Opened:
    return begun(olivia, finance)


def test_an_admitted_call_brings_what_its_view_needs(olivia, finance, opened):
    found = admitted(opened.access)
    entry = Entry.objects.latest("id")
    session = opened.session
    assert found.entry_id == entry.pk
    assert (found.kind, found.token_key, found.token_id, found.token_name) == (
        "mobile", session.pk, session.public_id, session.device,
    )  # fmt: skip
    assert (found.owner_id, found.owner_public_id, found.owner_label) == (olivia.pk, olivia.public_id, olivia.user_name)
    assert (found.organisation_id, found.time_zone, found.language) == (
        olivia.organisation_id, olivia.time_zone, olivia.language,
    )  # fmt: skip
    assert (found.scopes, found.pairs) == (Scope.META | Scope.REPORT, {finance})
    assert (found.read_only, found.calls) == (False, None)
    assert (entry.verb, entry.result, entry.reason, entry.channel, entry.scheme) == (
        Verb.TOKEN_AUTHENTICATE, "ok", "", "api", "bearer",
    )  # fmt: skip
    assert (entry.owner_id, entry.owner_label, entry.token_id, entry.token_name, entry.actor_label) == (
        olivia.public_id, olivia.user_name, session.public_id, session.device, "Reports API",
    )  # fmt: skip
    assert (entry.address, entry.request_id, entry.path) == (CALL.address, CALL.request_id, CALL.path)
    assert PendingSeal.objects.filter(entry_id=entry.pk).exists()


def change_session(**values: Any) -> Any:
    return lambda session: MobileSession.objects.filter(pk=session.pk).update(**values)


def change_login(**values: Any) -> Any:
    return lambda session: Login.objects.filter(pk=session.login_id).update(**values)


def change_organisation(**values: Any) -> Any:
    def change(session: MobileSession) -> None:
        organisation = session.login.organisation
        type(organisation).objects.filter(pk=organisation.pk).update(**values)

    return change


def view_only_everywhere(session: MobileSession) -> None:
    view_only = session.login.organisation.user_types.get(slug="view-only")
    session.login.assignments.update(user_type=view_only)


EFFECTS = {
    Verdict.SESSION_ENDED: change_session(ended_at=PAST, ending="disconnected"),
    Verdict.REPLACED: change_session(access_digest=b"x" * 32),
    Verdict.EXPIRED: change_session(access_expires_at=PAST),
    Verdict.ORGANISATION_SUSPENDED: change_organisation(suspended_at=PAST),
    Verdict.TOKENS_STOPPED: change_organisation(tokens_stopped_at=PAST),
    Verdict.LOGIN_DISABLED: change_login(enabled=False),
    Verdict.LOGIN_EXPIRED: change_login(expires_at=PAST),
    Verdict.VIEW_ONLY: view_only_everywhere,
    Verdict.PASSWORD_CHANGED: change_login(password_changed_at=Now()),
    Verdict.LOGIN_STOPPED: change_login(tokens_stopped_at=PAST),
    Verdict.NETWORK_REFUSED: change_organisation(allowed_networks="{203.0.113.0/24}"),
    Verdict.NO_ASSIGNMENT: lambda session: session.login.assignments.filter(
        pk=session.login.assignments.first().pk
    ).delete(),
    Verdict.TOO_MANY_CALLS: change_organisation(token_calls_per_minute=0),
}
ELSEWHERE = {Verdict.SCOPE_MISSING, Verdict.WRONG_TENANT, Verdict.REUSED, Verdict.SIGN_IN_REFUSED}
OF_TOKENS = {Verdict.REVOKED, Verdict.NOT_SAVED, Verdict.NOT_GENERATED, Verdict.ROLE_MISSING}


@pytest.mark.parametrize(("reason", "change"), EFFECTS.items(), ids=[reason.value for reason in EFFECTS])
def test_a_change_acts_on_the_next_call(opened, reason, change):
    admitted(opened.access)
    change(opened.session)
    assert refusal(opened.access) == reason
    assert Entry.objects.latest("id").token_id == opened.session.public_id


def test_every_reason_has_its_test():
    assert set(Verdict) == {*EFFECTS, *ELSEWHERE, *OF_TOKENS}
    assert not [verdict for verdict in Verdict if not str(way_out(verdict, "mobile"))]
    assert not OF_TOKENS & {*MOBILE_WAYS_OUT}


def test_a_session_over_by_time_has_ended(opened):
    change_session(expires_at=timezone.now())(opened.session)
    assert refusal(opened.access) == Verdict.SESSION_ENDED


def test_the_jwts_own_end_counts_whatever_the_row_says(opened):
    text = signed({**claims_of(opened.access), "exp": int(timezone.now().timestamp())})
    change_session(access_digest=jwt.digest(text))(opened.session)
    assert refusal(text) == Verdict.EXPIRED


def test_a_password_of_the_same_moment_ends_it(opened):
    session = MobileSession.objects.get(pk=opened.session.pk)
    # Copied by the database: of a whole second SQLite keeps ".000", which Python would write back without.
    began = Subquery(MobileSession.objects.filter(pk=session.pk).values("created_at"))
    change_login(password_changed_at=began)(session)
    assert refusal(opened.access) == Verdict.PASSWORD_CHANGED
    change_login(password_changed_at=session.created_at - timedelta(milliseconds=1))(session)
    admitted(opened.access)


def test_only_reports_and_what_describes_them(opened):
    for scope in (Scope.META, Scope.REPORT, Scope.META | Scope.REPORT, Scope(0)):
        admitted(opened.access, scope)
    assert refusal(opened.access, Scope.TOKEN) == Verdict.SCOPE_MISSING
    assert refusal(opened.access, Scope.META | Scope.TOKEN) == Verdict.SCOPE_MISSING


def test_the_tenant_that_was_named_is_the_logins(olivia, olga, opened):
    admitted(opened.access, tenant=olivia.organisation_id)
    for wrong in (olga.organisation_id, 0, 10**18 - 1):
        assert refusal(opened.access, tenant=wrong) == Verdict.WRONG_TENANT


def test_no_personal_role_is_needed(olivia, opened):
    change_login(has_personal_role=False)(opened.session)
    admitted(opened.access)


def test_one_assignment_that_is_more_than_view_only_is_enough(olivia, opened):
    other = olivia.assignments.last()
    other.user_type = olivia.organisation.user_types.get(slug="view-only")
    other.save()
    admitted(opened.access)
    olivia.assignments.all().delete()
    assert refusal(opened.access) == Verdict.VIEW_ONLY


def test_the_chosen_pair_is_all_and_only_while_it_is_held(olivia, finance, opened):
    olivia.assignments.create(user_type_id=finance.user_type_id, department=None)
    assert admitted(opened.access).pairs == {finance}
    longer = [Pair(finance.user_type_id * 10 + 1, finance.department_id), Pair(finance.user_type_id, 10**9)]
    change_session(restriction=encode(longer))(opened.session)
    assert refusal(opened.access) == Verdict.NO_ASSIGNMENT


def test_without_a_chosen_pair_it_is_admitted_with_none(olivia):
    opened = begun(olivia)
    found = admitted(opened.access)
    assert (found.restriction, found.pairs) == ("|", frozenset())
    olivia.assignments.first().delete()
    assert admitted(opened.access).pairs == frozenset()


def test_last_active_is_kept_at_most_once_a_minute(opened):
    session = MobileSession.objects.get()
    admitted(opened.access)
    assert MobileSession.objects.get().last_active_at == session.last_active_at
    change_session(last_active_at=timezone.now() - timedelta(seconds=61))(session)
    admitted(opened.access)
    moment = MobileSession.objects.get().last_active_at
    assert timezone.now() - moment < timedelta(seconds=30)
    admitted(opened.access)
    assert MobileSession.objects.get().last_active_at == moment
    assert MobileSession.objects.get().expires_at == session.expires_at


def test_a_refused_call_is_no_activity(opened):
    change_session(last_active_at=timezone.now() - timedelta(days=1))(opened.session)
    before = MobileSession.objects.get().last_active_at
    change_login(enabled=False)(opened.session)
    refusal(opened.access)
    assert MobileSession.objects.get().last_active_at == before


def test_one_statement_on_the_wire(olivia, opened):
    admitted(opened.access)
    for _each in range(3):
        before = Entry.objects.count()
        with counted() as statements:
            admitted(opened.access)
        assert len(statements) == 1, statements
        assert Entry.objects.count() == before + 1


def test_the_statement_is_prepared_on_the_server(opened):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that prepares")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection.close()
    admitted(opened.access)
    admitted(opened.access)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [text for (text,) in cursor.fetchall() if "tokens_mobilesession" in text]
    assert len(prepared) == 1


def test_a_limit_of_calls_holds_for_a_session_too(olivia, opened):
    change_organisation(token_calls_per_minute=1000)(opened.session)
    assert admitted(opened.access).calls.left == 999
    assert Attempts.objects.filter(key=f"calls:{opened.session.public_id}").exists()


def test_a_flood_of_refusals_is_summed_up(opened):
    change_session(ended_at=PAST, ending="disconnected")(opened.session)
    for _each in range(70):
        with pytest.raises(NotAdmitted) as caught:
            admitted(opened.access)
    assert caught.value.way_out == "This mobile session has ended. Sign in again on the device."
    if Attempts.objects.filter(key=f"fail:{opened.session.public_id}").count() == 1:  # else a minute began in between
        assert Entry.objects.filter(result="fail").count() == 61


def test_a_session_that_is_forgotten_leaves_no_entry(opened):
    opened.session.delete()
    before, count = admission.strings_refused.labels("unknown_token")._value.get(), Entry.objects.count()
    with pytest.raises(NotOurs):
        admitted(opened.access)
    assert Entry.objects.count() == count
    assert admission.strings_refused.labels("unknown_token")._value.get() == before + 1


# --- One kind of JWT in the place of another, and claims made with a leaked key --------------------------------------


def not_ours(text: str) -> bool:
    count = Entry.objects.count()
    with pytest.raises(NotOurs):
        admit(text.encode(), scope=Scope(0), call=CALL)
    assert Entry.objects.count() == count
    return True


def no_refresh(text: str) -> bool:
    with pytest.raises(NotOurs):
        verified_refresh(text.encode())
    return True


def refresh_header() -> bytes:
    return decoded(ring().signer.refresh_header.decode())


def test_no_kind_is_taken_for_another(olivia, opened):
    _token, api = valid_token(olivia)
    assert not_ours(opened.refresh)
    assert no_refresh(opened.access)
    assert no_refresh(api)
    head, refresh_head = ring().signer.header.decode(), ring().signer.refresh_header.decode()
    assert not_ours(opened.refresh.replace(refresh_head, head, 1))
    assert no_refresh(opened.access.replace(head, refresh_head, 1))


def test_with_a_leaked_key_too_no_kind_is_taken_for_another(olivia, opened):
    token, api = valid_token(olivia)
    of_access, of_refresh, of_api = claims_of(opened.access), claims_of(opened.refresh), claims_of(api)
    for payload in (
        of_refresh,
        {**of_refresh, "aud": ring().audience},
        {**of_access, "aud": ring().refresh_audience},
        {**of_access, "token_use": "mobile_refresh"},
        {**of_access, "token_use": "access"},
        {**of_access, "token_use": ["mobile_access"]},
        {**of_access, "token_use": {}},
        {**of_access, "token_id": token.public_id, "id": token.public_id, "client_id": token.public_id},
        {**of_api, "token_use": "mobile_access"},
        {**of_api, "token_id": "mob_" + "A" * 21, "id": "mob_" + "A" * 21, "client_id": "mob_" + "A" * 21},
        {name: value for name, value in of_access.items() if name != "exp"},
        {name: value for name, value in of_access.items() if name != "token_use"},
    ):
        assert not_ours(signed(payload)), payload
    for payload in (
        of_access,
        of_api,
        {**of_refresh, "aud": ring().audience},
        {**of_refresh, "token_use": "mobile_access"},
        {**of_refresh, "token_id": "api_" + "A" * 21, "id": "api_" + "A" * 21, "client_id": "api_" + "A" * 21},
        {name: value for name, value in of_refresh.items() if name != "exp"},
    ):
        assert no_refresh(signed(payload, refresh_header())), payload
    assert verified_refresh(signed(of_refresh, refresh_header()).encode()).token_id == opened.session.public_id


# Claim by claim tests/test_threats_claims.py has more; these show that the two kinds are read as strictly.
HOSTILE: list[dict[str, Any]] = [
    *({"iss": value} for value in ("http://other.example", None)),
    *({"aud": value} for value in ("http", None, [])),
    *({"sub": value} for value in (1, "lgn_' OR 1=1 --AAAAAAAAAA", "lgn_" + "A" * 22)),
    *({"token_id": value, "id": value} for value in ("mob_\x00" + "A" * 20, "mob_" + "A" * 21 + "\n", [], None)),
    {"client_id": "mob_" + "A" * 21},
    *({"jti": value} for value in ("x", "\ud800" * 43, 1)),
    *({"iat": value} for value in ("1", True, None, 33_000_000_000)),
    {"nbf": 33_000_000_000},
    *({"exp": value} for value in ("1800000000", 1.5, float("inf"), 10**26, -1, None, True, [])),
]


def test_hostile_claims(opened):
    """A leaked key brings no odd value near the database; right claims in other bytes are not this JWT."""
    for changed in HOSTILE:
        assert not_ours(signed({**claims_of(opened.access), **changed})), changed
        assert no_refresh(signed({**claims_of(opened.refresh), **changed}, refresh_header())), changed
    assert refusal(signed({**claims_of(opened.access), "nbf": 1})) == Verdict.REPLACED


def test_a_session_and_a_token_of_one_login_do_not_open_each_other(olivia, opened):
    token, api = valid_token(olivia)
    AccessToken.objects.filter(pk=token.pk).update(digest=jwt.digest(opened.access))
    change_session(access_digest=jwt.digest(api))(opened.session)
    assert refusal(opened.access) == Verdict.REPLACED
    assert refusal(api) == Verdict.REPLACED


def test_a_session_begins_with_a_pair_of_the_logins_own_alone(olivia, places):
    foreign = Pair(olivia.assignments.first().user_type_id, None)
    assert foreign not in olivia.pairs
    with pytest.raises(BadCredentials):
        begun(olivia, foreign)
    assert (MobileSession.objects.count(), Entry.objects.latest("id").reason) == (0, Verdict.NO_ASSIGNMENT)


def test_none_begins_with_a_password_that_was_changed_since(olivia):
    verified = Login.objects.get(pk=olivia.pk)
    Login.objects.filter(pk=olivia.pk).update(password_changed_at=timezone.now())
    with pytest.raises(BadCredentials):
        begun(verified)
    assert (MobileSession.objects.count(), Entry.objects.latest("id").reason) == (0, Verdict.PASSWORD_CHANGED)
