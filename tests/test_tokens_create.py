"""Creating tokens: names, expiry, scopes, restriction, policies, the entry."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.exceptions import Refused
from accounts.models import Login
from accounts.pairs import Pair
from audit.models import Entry
from audit.verbs import Verb
from tests.token_story import actor, created, verbs
from tokens import actions
from tokens.actions import creation
from tokens.models import AccessToken
from tokens.scopes import Scope
from tokens.statuses import Status

pytestmark = pytest.mark.django_db


def refusal(owner: Login, **settings: object) -> str:
    before = Entry.objects.count(), AccessToken.objects.count()
    with pytest.raises(Refused) as caught:
        created(owner, **settings)
    assert (Entry.objects.count(), AccessToken.objects.count()) == before
    assert caught.value.message
    return caught.value.code


def test_a_token_is_a_record_without_a_secret(olivia: Login) -> None:
    token = created(olivia, "  Finance Power BI ", description=" monthly ")
    token.refresh_from_db()
    assert (token.name, token.description, token.status) == ("Finance Power BI", "monthly", Status.NOT_GENERATED)
    assert token.digest is None
    assert token.expires_at is None
    assert token.created_by_label == "Olivia Novak"
    entry = Entry.objects.get(verb=Verb.TOKEN_CREATE)
    assert (entry.token_id, entry.token_name) == (token.public_id, "Finance Power BI")
    assert (entry.owner_id, entry.actor_label) == (olivia.public_id, "Olivia Novak")
    assert entry.organisation_id == olivia.organisation_id
    assert entry.details["after"]["scopes"] == ["api:meta:read", "api:report:read"]
    assert entry.details["after"]["limited_to"] is None


@pytest.mark.parametrize(
    "again", ["LabTest", "labtest", "  LABTEST  ", "ＬａｂＴｅｓｔ", "Lab\u00adTest", "LabTest\u200b"]
)
def test_a_name_is_unique_for_its_owner(olivia: Login, ada: Login, again: str) -> None:
    created(olivia, "LabTest")
    assert refusal(olivia, name=again) in {"name_taken", "name"}
    created(ada, "LabTest")


def test_names_are_compared_by_unicode_rules(olivia: Login) -> None:
    created(olivia, "Straße")
    assert refusal(olivia, name="STRASSE") == "name_taken"
    created(olivia, "Café")
    assert refusal(olivia, name="Cafe\u0301") == "name_taken"
    created(olivia, "Two  words")
    assert refusal(olivia, name="two words") == "name_taken"


@pytest.mark.parametrize(
    "name", ["", "   ", "\u3000", "\u200b", "a\x00b", "a\nb", "x" * 101, "\ufdfa" * 100, "a\u202eb", "a\u2028b"]
)
def test_a_name_can_be_seen_and_fits(olivia: Login, name: str) -> None:
    assert refusal(olivia, name=name) == "name"


def test_the_name_of_a_revoked_token_is_free_again(olivia: Login) -> None:
    token = created(olivia, "LabTest")
    actions.revoke(token=token, by=actor(olivia))
    created(olivia, "LabTest")


def test_a_scope_is_needed(olivia: Login) -> None:
    assert refusal(olivia, scopes=0) == "scopes"
    assert refusal(olivia, scopes=8) == "scopes"


def test_a_date_may_be_today_and_not_before(olivia: Login) -> None:
    today = timezone.now().date()
    created(olivia, expiry_choice="date", expiry_date=today + timedelta(days=1))
    assert refusal(olivia, name="b", expiry_choice="date", expiry_date=today - timedelta(days=2)) == "expiry_date"
    assert refusal(olivia, name="b", expiry_choice="date", expiry_date=date.max) == "expiry_date"


def test_a_restriction_is_of_the_owners_own_pairs(olivia: Login, ada: Login) -> None:
    pair = min(olivia.pairs)
    token = created(olivia, pairs=frozenset({pair}))
    assert token.pairs == {pair}
    entry = Entry.objects.get(verb=Verb.TOKEN_CREATE)
    assert entry.details["after"]["limited_to"] == ["General User, Finance"]
    assert refusal(olivia, name="b", pairs=frozenset({*ada.pairs})) == "pairs"
    assert refusal(olivia, name="b", pairs=frozenset({Pair(pair.user_type_id, None)})) == "pairs"
    assert refusal(olivia, name="b", pairs=frozenset()) == "no_assignment"


def test_view_only_and_roleless_logins_get_none(vera: Login, peter: Login, ada: Login) -> None:
    assert refusal(vera, by=ada) == "view_only"
    assert refusal(peter, by=ada) == "role_missing"


def test_the_role_is_read_at_that_moment(olivia: Login) -> None:
    Login.objects.filter(pk=olivia.pk).update(has_personal_role=False)
    assert olivia.has_personal_role
    assert refusal(olivia) == "role_missing"


def test_an_administrator_creates_for_somebody(ada: Login, robot: Login) -> None:
    token = created(robot, by=ada)
    assert token.created_by_label == "Ada Byron"
    entry = Entry.objects.get()
    assert (entry.actor_id, entry.owner_id) == (ada.public_id, robot.public_id)


def test_policies_of_the_organisation(olivia: Login) -> None:
    organisation = olivia.organisation
    organisation.token_days_limit, organisation.token_scopes_allowed = 90, int(Scope.META)
    organisation.tokens_per_login = 2
    organisation.save()
    meta = int(Scope.META)
    assert refusal(olivia, expiry_choice="365", scopes=meta) == "expiry"
    assert refusal(olivia, expiry_choice="never", scopes=meta) == "expiry"
    far = timezone.now().date() + timedelta(days=91)
    assert refusal(olivia, expiry_choice="date", expiry_date=far, scopes=meta) == "expiry"
    assert refusal(olivia) == "scopes"
    created(olivia, "a", expiry_choice="90", scopes=meta)
    created(olivia, "b", expiry_choice="90", scopes=meta)
    assert refusal(olivia, name="c", expiry_choice="1", scopes=meta) == "too_many"
    organisation.token_days_limit, organisation.token_never_allowed, organisation.tokens_per_login = None, False, 9
    organisation.save()
    assert refusal(olivia, name="c", expiry_choice="never", scopes=meta) == "expiry"
    created(olivia, "c", expiry_choice="365", scopes=meta)


def race(owner: Login, names: list[str]) -> list[str]:
    """Create tokens of all these names at the same moment; what became of each."""
    start, outcomes = Barrier(len(names)), []

    def work(name: str) -> None:
        start.wait()
        try:
            created(owner, name)
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.code)
        except IntegrityError:
            outcomes.append("integrity")
        finally:
            connection.close()

    threads = [Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_tokens_of_one_name_one_is_made(olivia: Login) -> None:
    assert race(olivia, ["Nightly", "nightly", " NIGHTLY", "Nightly "]) == ["made"] + ["name_taken"] * 3
    assert verbs(AccessToken.objects.get()) == [Verb.TOKEN_CREATE]


@pytest.mark.django_db(transaction=True)
def test_without_the_rule_the_constraint_still_holds(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the rule is what makes it a refusal; the database would let no second one in either."""
    monkeypatch.setattr(creation, "against_name", lambda owner, name: None)
    assert race(olivia, ["Nightly", "nightly", " NIGHTLY", "Nightly "]) == ["integrity"] * 3 + ["made"]
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_most_that_one_login_may_have_is_exact(olivia: Login) -> None:
    olivia.organisation.tokens_per_login = 3
    olivia.organisation.save()
    assert race(olivia, [f"token {number}" for number in range(8)]) == ["made"] * 3 + ["too_many"] * 5
