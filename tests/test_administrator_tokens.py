"""Administrator > Tokens and Configuration > Access Tokens: what is listed, filtered, created and revoked at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.cast import Places
from tests.token_story import created, generated, signed_in, used
from tokens.models import AccessToken
from tokens.rules import zone_of
from tokens.statuses import Status

pytestmark = pytest.mark.django_db
ALL, ACCESS = "/administrator/tokens", "/configuration/access-tokens"


@pytest.fixture
def admin(ada: Login) -> Client:
    return signed_in(ada)


@pytest.fixture
def tokens(ada: Login, olivia: Login, robot: Login, places: Places) -> dict[str, AccessToken]:
    """One of each person: Olivia's limited to Finance and in use, Robot's never generated, Ada's valid and unused."""
    finance = next(pair for pair in olivia.pairs if pair.department_id == places.finance.pk)
    tokens = {
        "Finance Power BI": created(olivia, "Finance Power BI", pairs=frozenset({finance})),
        "Nightly import": created(robot, "Nightly import", by=ada, description="warehouse"),
        "Access review": created(ada, "Access review"),
    }
    generated(tokens["Finance Power BI"])
    used(tokens["Finance Power BI"])
    generated(tokens["Access review"])
    return tokens


def names(client: Client, address: str) -> list[str]:
    """The rows' token names, as an export of the same address has them."""
    rows = b"".join(client.get(f"{address}{'&' if '?' in address else '?'}export=json")).decode()
    return re.findall(r'"name": "([^"]*)"', rows)


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def test_every_token_of_the_organisation(admin: Client, tokens: dict[str, AccessToken], olga: Login) -> None:
    created(olga, "Of the others")
    revoked = created(tokens["Access review"].owner, "Revoked")
    AccessToken.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    assert names(admin, ALL) == ["Access review", "Finance Power BI", "Nightly import"]
    html = page(admin, ALL)
    assert "Finance › General User" in html
    assert "Whole organisation › System Administrator" in html
    assert reverse("tokens:token_of_login", args=[tokens["Nightly import"].owner.public_id,
                                                  tokens["Nightly import"].public_id]) in html  # fmt: skip
    assert re.search(r"API Tokens\s*<[^>]*>\s*3\b", html)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=robot", {"Nightly import"}),
        ("q=olivia nov", {"Finance Power BI"}),
        ("q=WAREHOUSE", {"Nightly import"}),
        ("user=byron", {"Access review"}),
        ("user_type=general-user", {"Finance Power BI", "Nightly import"}),
        ("user_type=owner", {"Access review"}),
        ("department=whole", {"Nightly import", "Access review"}),
        ("status=inactive", {"Access review"}),
        ("status=not_generated", {"Nightly import"}),
        ("attention=never_used", {"Access review"}),
        ("attention=ends_soon", {"Access review", "Finance Power BI"}),
        ("attention=failing", set()),
        ("scopes=4", set()),
        ("kind=system", set()),
    ],
)
def test_filters(admin: Client, tokens: dict[str, AccessToken], query: str, expected: set[str]) -> None:
    assert set(names(admin, f"{ALL}?{query}")) == expected


def test_a_department_finds_what_a_token_reaches_there_now(
    admin: Client, tokens: dict[str, AccessToken], places: Places, olivia: Login
) -> None:
    """Olivia is in South as well, below Energy; the token that is limited to Finance is not."""
    free = created(olivia, "Everything of hers")
    found = {place: set(names(admin, f"{ALL}?department={getattr(places, place).public_id}")) for place in
             ("finance", "energy", "south")}  # fmt: skip
    assert found["finance"] == {"Finance Power BI", free.name}
    assert found["energy"] == found["south"] == {free.name}
    olivia.assignments.filter(department=places.finance).delete()
    assert names(admin, f"{ALL}?department={places.finance.public_id}") == []
    assert "Finance › General User" not in page(admin, f"{ALL}?q=Finance Power")


def test_search_by_token_id(admin: Client, tokens: dict[str, AccessToken]) -> None:
    assert names(admin, f"{ALL}?q={tokens['Nightly import'].public_id}") == ["Nightly import"]


def test_an_export_is_on_record(admin: Client, tokens: dict[str, AccessToken]) -> None:
    b"".join(admin.get(f"{ALL}?user=olivia&export=csv"))
    [entry] = Entry.objects.filter(verb=Verb.TOKEN_EXPORT)
    assert entry.subject_kind == "organisation"
    assert entry.details == {"what": "tokens", "format": "csv", "filters": {"user": "olivia"}}


def test_a_row_menu_leads_back_to_the_grid(admin: Client, tokens: dict[str, AccessToken]) -> None:
    token = tokens["Nightly import"]
    ids = [token.owner.public_id, token.public_id]
    menu = page(admin, reverse("tokens:actions_of_login", args=ids) + "?back=all")
    assert f"{reverse('tokens:revoke_of_login', args=ids)}?back=all" in menu
    edit = page(admin, reverse("tokens:edit_of_login", args=ids) + "?back=access")
    assert f'href="{ACCESS}"' in edit
    gone = admin.post(reverse("tokens:revoke_of_login", args=ids) + "?back=all", {"why": "old"})
    assert (gone.status_code, gone["Location"]) == (303, ALL)
    assert 'href="//' not in page(admin, reverse("tokens:edit_of_login", args=[
        tokens["Access review"].owner.public_id, tokens["Access review"].public_id]) + "?back=//elsewhere")  # fmt: skip


# --- creating for any login -----------------------------------------------------------------------------------------


def test_the_user_is_found_and_why_not_is_told(
    admin: Client, robot: Login, peter: Login, vera: Login, olga: Login
) -> None:
    address = reverse("tokens:create_any")
    assert admin.get(address).status_code == 200
    found = admin.post(address, {"q": "demo.example", "find": "1"}).content.decode()
    assert robot.public_id in found
    assert "View Only logins hold no token." in found
    assert "Peter John lacks the Personal role for API tokens." in found
    assert re.search(rf'value="{peter.public_id}" disabled', found)
    assert olga.public_id not in admin.post(address, {"q": "olga", "find": "1"}).content.decode()
    for choice in ({"owner": robot.public_id}, {"q": " ROBOT@demo.example "}):
        chosen = admin.post(address, choice)
        assert (chosen.status_code, chosen["Location"]) == (303, reverse("tokens:create_for", args=[robot.public_id]))
    foreign = admin.post(address, {"owner": olga.public_id})
    assert foreign.status_code == 422


def test_a_service_logins_token_is_created_and_generated_by_the_admin_role(
    admin: Client, robot: Login, ada: Login
) -> None:
    address = reverse("tokens:create_for", args=[robot.public_id])
    assert "Robot" in page(admin, address)
    fields: dict[str, Any] = {"name": "Nightly import", "expires_on": "365", "scopes": [1, 2], "then": "generate"}
    without = admin.post(address, fields)
    assert without.status_code == 422
    assert "Choose at least one." in without.content.decode()
    made = admin.post(address, {**fields, "pairs": [pair.encoded() for pair in robot.pairs]})
    token = AccessToken.objects.get()
    generate = reverse("tokens:generate_of_login", args=[robot.public_id, token.public_id])
    assert (made.status_code, made["Location"]) == (303, f"{generate}?back=all")
    assert (token.owner, token.created_by_label, token.pairs) == (robot, "Ada Byron", robot.pairs)
    shown = admin.post(f"{generate}?back=all").content.decode()
    dialog = re.search(r'name="dialog" value="([^"]+)"', shown)
    assert dialog
    save = reverse("tokens:save_of_login", args=[robot.public_id, token.public_id])
    saved = admin.post(f"{save}?back=all", {"dialog": dialog[1]})
    assert (saved.status_code, saved["Location"]) == (303, ALL)
    token.refresh_from_db()
    assert token.status is Status.INACTIVE
    by = set(Entry.objects.of_token(token.public_id).values_list("actor_label", "owner_id"))
    assert by == {("Ada Byron", robot.public_id)}


def test_an_end_is_required_here(admin: Client, olivia: Login) -> None:
    address = reverse("tokens:create_for", args=[olivia.public_id])
    html = page(admin, address)
    assert 'value="never"' not in html
    assert "12 months at most is good practice." in html
    fields = {"name": "LabTest", "scopes": [1], "pairs": [min(olivia.pairs).encoded()]}
    for choice in ({"expires_on": "never"}, {}, {"expires_on": "date"}):
        assert admin.post(address, {**fields, **choice}).status_code == 422
    far = (timezone.now() + timedelta(days=800)).date()
    done = admin.post(address, {**fields, "expires_on": "date", "expiry_date": far.isoformat()})
    assert (done.status_code, done["Location"]) == (303, ALL)


def test_only_the_users_own_pairs_are_offered(admin: Client, olivia: Login, ada: Login) -> None:
    address = reverse("tokens:create_for", args=[olivia.public_id])
    html = page(admin, address)
    assert "Energy › South › General User" in html
    assert "System Administrator" not in html.partition('id="main"')[2]
    fields = {"name": "LabTest", "expires_on": "30", "scopes": [1], "pairs": [min(ada.pairs).encoded()]}
    assert admin.post(address, fields).status_code == 422
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("who", ["peter", "vera"])
def test_who_holds_no_token_gets_none(admin: Client, request: pytest.FixtureRequest, who: str) -> None:
    login: Login = request.getfixturevalue(who)
    for name in ("tokens:create_for", "tokens:generate_new_for"):
        address = reverse(name, args=[login.public_id])
        assert "data-deed" not in page(admin, address).partition("<main")[2]
        assert admin.post(address, {"name": "LabTest", "expires_on": "30", "scopes": [1]}).status_code == 422
    assert not AccessToken.objects.exists()


def test_generate_new_token_is_one_dialog(admin: Client, ada: Login, robot: Login) -> None:
    fields = {"name": "Gateway", "expires_on": "90", "scopes": [1, 2], "pairs": [min(ada.pairs).encoded()]}
    shown = admin.post(reverse("tokens:generate_new"), fields)
    assert (shown.status_code, shown["Cache-Control"]) == (200, "no-store, no-transform")
    html = shown.content.decode()
    assert "Done – I have saved the token" in html
    assert html.count(re.findall(r'<pre id="jwt"[^>]*>([^<]+)<', html)[0]) == 1  # the snippets have a placeholder
    token = AccessToken.objects.get()
    assert (token.owner, token.status) == (ada, Status.NOT_GENERATED)
    dialog = re.findall(r'name="dialog" value="([^"]+)"', html)[0]
    save = reverse("tokens:save_of_login", args=[ada.public_id, token.public_id])
    assert f"{save}?back=access" in html
    done = admin.post(f"{save}?back=access", {"dialog": dialog})
    assert (done.status_code, done["Location"]) == (303, ACCESS)
    again = admin.post(reverse("tokens:generate_new"), fields)
    assert (again.status_code, AccessToken.objects.count()) == (422, 1)  # a reloaded answer makes no second one
    other = reverse("tokens:generate_new_for", args=[robot.public_id])
    admin.post(other, {**fields, "pairs": [min(robot.pairs).encoded()]})
    assert AccessToken.objects.of_owner(robot).get().name == "Gateway"


def test_access_tokens_are_known_by_their_ids(admin: Client, tokens: dict[str, AccessToken], robot: Login) -> None:
    short = AccessToken.objects.create(
        owner=robot, name="Token endpoint", name_key="token endpoint", kind="client_credentials",
        expiry_choice="seconds", expiry_seconds=3600, created_by_label="Robot",
    )  # fmt: skip
    assert set(names(admin, ACCESS)) == set(tokens)
    assert set(names(admin, f"{ACCESS}?system=1")) == {*tokens, "Token endpoint"}
    assert names(admin, f"{ALL}?kind=system") == ["Token endpoint"]
    html = page(admin, f"{ACCESS}?system=1")
    assert short.public_id in html
    assert "client_credentials" in html
    ids = [robot.public_id, short.public_id]
    menu = page(admin, reverse("tokens:actions_of_login", args=ids) + "?back=access")
    assert "Short-lived, from the token endpoint" in menu
    assert admin.get(reverse("tokens:edit_of_login", args=ids)).status_code == 404
    assert admin.post(reverse("tokens:revoke_of_login", args=ids)).status_code == 303
    short.refresh_from_db()
    assert short.status is Status.REVOKED


# --- many at once ---------------------------------------------------------------------------------------------------


def test_several_are_revoked_after_a_typed_count(admin: Client, tokens: dict[str, AccessToken], olga: Login) -> None:
    foreign = created(olga, "Of the others")
    chosen = [tokens["Finance Power BI"].public_id, tokens["Nightly import"].public_id, foreign.public_id]
    address = reverse("tokens:revoke_selected")
    asked = admin.post(address, {"selected": chosen})
    html = asked.content.decode()
    assert asked.status_code == 200
    assert "Revoke 2 tokens" in html
    assert "In use within the last 30 days: Finance Power BI. Whatever uses it stops working." in html
    assert "Of the others" not in html
    sent = {"selected": ",".join(chosen), "confirmed": "1", "expected": "2", "why": "Leaver"}
    assert admin.post(address, {**sent, "typed": "3"}).status_code == 422
    assert not Entry.objects.filter(verb=Verb.TOKEN_REVOKE).exists()
    done = admin.post(address, {**sent, "typed": "2"})
    assert (done.status_code, done["Location"]) == (303, ALL)
    assert "2 tokens are revoked." in page(admin, ALL)
    entries = Entry.objects.filter(verb=Verb.TOKEN_REVOKE)
    assert {(entry.token_name, entry.details["why"]) for entry in entries} == {
        ("Finance Power BI", "Leaver"),
        ("Nightly import", "Leaver"),
    }
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_several_are_shortened_and_what_ends_before_stays(
    admin: Client, tokens: dict[str, AccessToken], olga: Login
) -> None:
    """Of Olivia's the JWT in use is cut, of Robot's only the next one; Ada's ends tomorrow anyway."""
    foreign = created(olga, "Of the others")
    AccessToken.objects.filter(name="Access review").update(expires_at=timezone.now() + timedelta(days=1))
    jwt = AccessToken.objects.get(name="Finance Power BI").digest
    chosen = [*(token.public_id for token in tokens.values()), foreign.public_id]
    address, day = reverse("tokens:shorten_selected"), timezone.localdate() + timedelta(days=5)
    asked = admin.post(address, {"selected": chosen}).content.decode()
    assert "Shorten 3 tokens" in asked
    assert "Of the others" not in asked
    sent = {"selected": ",".join(chosen), "confirmed": "1", "expected": "3"}
    for wrong, words in (("", "required"), ("2020-01-01", "has passed"), ("2201-01-01", "before the year 2200")):
        refused = admin.post(address, {**sent, "last_day": wrong})
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert not Entry.objects.filter(verb=Verb.TOKEN_UPDATE).exists()
    done = admin.post(address, {**sent, "last_day": day.isoformat()})
    assert (done.status_code, done["Location"]) == (303, ALL)
    told = page(admin, ALL)
    assert "2 tokens are shortened: they end with" in told
    assert "1 token ends before that, and stays as it was." in told
    after = {token.name: token for token in AccessToken.objects.all()}
    assert {after[name].expiry_date for name in ("Finance Power BI", "Nightly import")} == {day}
    finance = after["Finance Power BI"]
    assert finance.expires_at is not None
    assert finance.expires_at.astimezone(zone_of(finance.owner)).date() == day + timedelta(days=1)
    assert finance.digest == jwt
    assert after["Access review"].expiry_choice == after["Of the others"].expiry_choice == "30"
    entries = Entry.objects.filter(verb=Verb.TOKEN_UPDATE)
    assert {entry.token_name for entry in entries} == {"Finance Power BI", "Nightly import"}


def test_every_row_of_a_filter(admin: Client, tokens: dict[str, AccessToken]) -> None:
    address = reverse("tokens:revoke_selected")
    sent = {"every": "1", "filter": "user_type=general-user", "confirmed": "1", "expected": "2", "typed": "2"}
    assert admin.post(address, sent).status_code == 303
    assert names(admin, ALL) == ["Access review"]


def test_the_fact_beside_the_count(admin: Client, tokens: dict[str, AccessToken]) -> None:
    def fact(*chosen: str) -> str:
        return admin.get(ALL, {"fact": "1", "selected": [tokens[name].public_id for name in chosen]}).content.decode()

    assert fact("Nightly import", "Access review") == "none of them was used in the last 30 days"
    assert fact("Nightly import", "Finance Power BI") == "1 of them was used in the last 30 days"


@pytest.mark.parametrize("who", ["olivia", "peter"])
def test_nobody_else(request: pytest.FixtureRequest, tokens: dict[str, AccessToken], who: str) -> None:
    client = signed_in(request.getfixturevalue(who))
    sent = {"every": "1", "confirmed": "1", "expected": "3", "typed": "3"}
    for name in ("tokens:revoke_selected", "tokens:revoke_access_tokens", "tokens:shorten_selected"):
        assert client.post(reverse(name), sent).status_code == 403
    assert AccessToken.objects.filter(revoked_at=None).count() == 3


def test_a_system_administrator_without_the_admin_role_is_told_who_can_give_it(ada: Login) -> None:
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    refused = signed_in(ada).get(ALL)
    assert refused.status_code == 403
    assert "Admin" in refused.content.decode()
