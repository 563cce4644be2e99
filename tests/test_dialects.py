"""The recorded examples of each dialect (tests/dialects/), replayed over HTTP against the served console."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Attempts, Login, Organisation
from audit.models import Entry
from tests.addresses import BLANK, all_addresses
from tests.api_calls import make_valid
from tests.cast import Places, person
from tests.factories import PASSWORD, AccessTokenFactory
from tests.recordings import Answer, Exchange, Scene, examples, exchange
from tests.servers import ROOT, ServedConsole
from tokens.keys import ring
from tokens.models import AccessToken
from tokens.scopes import ALL, Scope

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = Path(__file__).parent / "dialects"
FILES = sorted(FOLDER.glob("*.http"))


def tokens_of(olivia: Login, dora: Login, olga: Login) -> Iterator[tuple[str, AccessToken, str]]:
    """A token for each state that an example needs; its name is the state."""

    def made(name: str, owner: Login = olivia, **values: Any) -> tuple[str, AccessToken, str]:
        expires_at = values.pop("expires_at", None)
        token = AccessTokenFactory(owner=owner, name=name, **values)
        return name, token, make_valid(token, expires_at=expires_at)

    yield made("good")
    yield made("manager", scopes=int(ALL))
    yield made("read only", scopes=int(ALL), read_only=True)
    yield made("meta only", scopes=int(Scope.META))
    yield made("report only", scopes=int(Scope.REPORT))
    yield made("expired", expires_at=timezone.now() - timedelta(seconds=1))
    yield made("disabled", dora)
    yield made("foreign", olga, scopes=int(ALL))
    revoked = made("revoked")
    AccessToken.objects.filter(pk=revoked[1].pk).update(revoked_at=timezone.now())
    yield revoked
    superseded = made("superseded")
    make_valid(superseded[1])
    yield superseded


@pytest.fixture
def scene(
    serve_console: ServedConsole, organisation: Organisation, olivia: Login, peter: Login, vera: Login, robot: Login,
    olga: Login, places: Places,
) -> Scene:  # fmt: skip
    dora = person(organisation, "Dora", "Lang", "dora@demo.example", user_type="general-user", has_personal_role=True)
    Organisation.objects.filter(pk=olga.organisation_id).update(basic_allowed=True)
    person(olga.organisation, "Otto", "Maier", "otto@other.example", user_type="general-user")
    values: dict[str, Any] = {
        "url": serve_console.url,
        "issuer": ring().issuer,
        "org": organisation.pk,
        "other org": olga.organisation_id,
        "password": PASSWORD,
        "olivia": olivia.public_id,
        "south": places.south.public_id,
    }
    for name, token, jwt in tokens_of(olivia, dora, olga):
        values |= {f"jwt {name}": jwt, f"id {name}": token.public_id}
    values["jwt malformed"] = values["jwt good"][:-1]
    Login.objects.filter(pk=dora.pk).update(enabled=False)
    return Scene(serve_console.url, values)


def left_by(request_id: str) -> list[str]:
    """The entries of one exchange as the examples write them."""
    found = []
    for entry in Entry.objects.filter(request_id=request_id).order_by("pk"):
        words = " ".join(filter(None, (entry.verb, entry.result, entry.scheme, entry.token_name)))
        found.append(f"{words}: {entry.reason}" if entry.reason else words)
    return found


def differences(scene: Scene, wanted: Exchange) -> list[str]:
    Attempts.objects.all().delete()  # each example begins with none; what many attempts do is tested elsewhere
    answer = scene.send(wanted)
    found = list(scene.differences(wanted, answer))
    if answer.headers.get("X-Request-ID", "") == "":
        found.append("X-Request-ID: absent")
    if (left := left_by(answer.headers["X-Request-ID"])) != wanted.ledger:
        found.append(f"ledger: {left}, not {wanted.ledger}")
    return [f"{wanted.method} {wanted.path}: {each}" for each in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_as_recorded(file: Path, scene: Scene, subtests: pytest.Subtests) -> None:
    replayed = examples(file)
    assert len(replayed) > 5
    for example in replayed:
        with subtests.test(example.title):
            for each in example.exchanges:
                if found := differences(scene, each):
                    pytest.fail("\n".join(found), pytrace=False)


PAGES = {"/api/docs", "/api/schema"}  # tests/test_openapi.py, tests/test_api_docs.py
SEALS = "/api/ledger/"  # tests/test_ledger_addresses.py


def test_every_address_of_the_api_has_an_example() -> None:
    asked = [each.path.partition("?")[0] for file in FILES for example in examples(file) for each in example.exchanges]
    for address in all_addresses():
        route = str(address)
        wanted = route.startswith(("/api", "/v1", "/oauth", "/.well-known")) and not route.startswith(SEALS)
        if wanted and route not in PAGES:
            form = re.compile(BLANK.sub(lambda blank: ".+" if "path:" in blank[0] else "[^/]+", route))
            assert any(form.fullmatch(path) for path in asked), route


def test_the_compatibility_page_names_every_address() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text()
    for address in all_addresses():
        route = str(address)
        if route.startswith(("/api", "/v1", "/oauth", "/apiops")) and route not in PAGES:
            assert route.partition("<")[0].rstrip("/") in page, route


RECORDED = """
GET /x

HTTP/1.1 200
X: a <number>
Y: -

{"id": "<api id as id>", "list": [{"a": 1}, "..."], "more": {"b": null, "...": "..."}}
ledger: nothing
"""
FITS = {"id": "api_" + "a" * 21, "list": [{"a": 1}, {"a": 1}], "more": {"b": None, "c": 2}}


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "api_x"}, {"list": []}, {"list": [{"a": 1}, {"a": "1"}]}, {"list": [{"a": 1, "b": 2}]}, {"more": {}},
        {"more": {"b": 0}}, {"unforeseen": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_difference_is_found(changed: dict[str, Any]) -> None:
    """The control of the comparison itself."""
    headers = HTTPMessage()
    headers["X"] = "a 12"
    scene, wanted = Scene("http://x", {}), exchange(RECORDED)
    assert list(scene.differences(wanted, Answer(200, headers, json.dumps(FITS).encode()))) == []
    assert scene.values["id"] == FITS["id"]
    assert list(
        Scene("http://x", {}).differences(wanted, Answer(200, headers, json.dumps({**FITS, **changed}).encode()))
    )
    assert list(scene.differences(wanted, Answer(201, headers, json.dumps(FITS).encode())))
    headers["Y"] = "there"
    assert list(scene.differences(wanted, Answer(200, headers, json.dumps(FITS).encode())))
