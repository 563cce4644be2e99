"""Every operation of the OpenAPI file with generated input: it answers what the file says.

A short form runs always; the long one tries 200 cases of each operation, of which some break the schema.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from accounts.models import Attempts, Login
from tests.api_calls import valid_token
from tests.servers import ServedConsole
from tokens.api import document
from tokens.scopes import ALL

SHORT, LONG = 8, 200
# What a schema cannot say: that a parameter belongs to a report, a role to the caller, an expiry to a policy.
REFUSED_FOR_OTHER_REASONS = ["2xx", "3xx", "400", "401", "403", "404", "406", "409"]
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "411", "413", "415", "429"]
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        "positive_data_acceptance": {"expected-statuses": REFUSED_FOR_OTHER_REASONS},
        "negative_data_rejection": {"expected-statuses": REFUSED},
    },
}
SCHEMA = schemathesis.openapi.from_dict(
    orjson.loads(document.FILE.read_bytes()), config=schemathesis.Config.from_dict(CONFIG)
)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
WAYS = ("bearer", "basic", "auth-token")

pytestmark = [pytest.mark.django_db(transaction=True)]


def ways_of(label: str) -> tuple[str, ...]:
    """The ways to send a token that the operation takes; the first is the one of the short form."""
    schemes = {name for wanted in OPERATIONS[label].definition.raw["security"] for name in wanted}
    if "basic" in schemes:
        return WAYS
    return WAYS[:1]


def headers_for(way: str, jwt: str, tenant: int) -> dict[str, str]:
    pair = base64.b64encode(f"token:{jwt}".encode()).decode()
    return {
        "bearer": {"Authorization": f"Bearer {jwt}"},
        "basic": {"Authorization": f"Basic {pair}"},
        "auth-token": {"auth-token": jwt, "auth-tenant-id": str(tenant)},
    }[way]


def rounds_of(operation: schemathesis.APIOperation, owner: Login) -> list[tuple[GenerationMode, dict[str, str]]]:
    """With and against the schema, with made-up and with real blanks. A header that is any text cannot be wrong."""
    blanks = {parameter.name for parameter in operation.path_parameters}
    real = {name: value for name, value in real_ids(owner).items() if name in blanks}
    rounds: list[tuple[GenerationMode, dict[str, str]]] = [(GenerationMode.POSITIVE, real)]
    if real:
        rounds += [(GenerationMode.POSITIVE, {}), (GenerationMode.NEGATIVE, {})]
    if [*operation.query, *operation.body]:
        rounds.append((GenerationMode.NEGATIVE, real))
    return rounds


def real_ids(owner: Login) -> Mapping[str, str]:
    """What blanks of addresses can really be: without them, nearly every case would be a 404."""
    return {"name": "ContactsAndLogins", "public_id": valid_token(owner, name="To be revoked")[0].public_id}


def call_all(label: str, cases: int, way: str, console: ServedConsole, owner: Login) -> None:
    """The cases of one operation, in as many rounds as it has ways to be right and wrong."""
    operation = OPERATIONS[label]
    _token, jwt = valid_token(owner, name="The fuzzer's", scopes=int(ALL))
    headers = headers_for(way, jwt, owner.organisation_id)
    rounds = rounds_of(operation, owner)
    with requests.Session() as session:
        for mode, path_parameters in rounds:
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=path_parameters or None)
            run = call_each(max(1, cases // len(rounds)), console, session, headers)
            given(case=strategy)(run)()


def call_each(count: int, console: ServedConsole, session: requests.Session, headers: dict[str, str]) -> Any:
    @hypothesis_settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case) -> None:
        Attempts.objects.all().delete()  # or the limit of failures would answer for the rest of the run
        case.call_and_validate(base_url=console.url, session=session, headers=headers, allow_redirects=False)

    return run


@pytest.mark.parametrize("label", OPERATIONS)
def test_an_operation_does_what_is_said_of_it(label: str, serve_console: ServedConsole, ada: Login) -> None:
    call_all(label, SHORT, "bearer", serve_console, ada)


@pytest.mark.long
@pytest.mark.parametrize(("label", "way"), [(label, way) for label in OPERATIONS for way in ways_of(label)])
def test_an_operation_at_length(label: str, way: str, serve_console: ServedConsole, ada: Login) -> None:
    call_all(label, LONG, way, serve_console, ada)


def test_the_file_has_every_operation() -> None:
    assert len(OPERATIONS) > 20


def test_what_is_not_so_would_be_found(
    serve_console: ServedConsole, ada: Login, olivia: Login, robot: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: an open address that claims to be protected, an answer that is not described, a wrong shape."""

    def falsified(spec: dict[str, Any], label: str, owner: Login) -> None:
        schema = schemathesis.openapi.from_dict(spec, config=schemathesis.Config.from_dict(CONFIG))
        operations = {found.ok().label: found.ok() for found in schema.get_all_operations()}
        monkeypatch.setitem(OPERATIONS, label, operations[label])
        with pytest.raises(FailureGroup):
            call_all(label, SHORT, "bearer", serve_console, owner)

    spec = orjson.loads(document.FILE.read_bytes())
    spec["paths"]["/healthz"]["get"]["security"] = [{"bearer": []}]
    falsified(spec, "GET /healthz", ada)
    spec = orjson.loads(document.FILE.read_bytes())
    del spec["paths"]["/v1/access-tokens/{public_id}"]["delete"]["responses"]["404"]
    falsified(spec, "DELETE /v1/access-tokens/{public_id}", olivia)
    spec = orjson.loads(document.FILE.read_bytes())
    spec["components"]["schemas"]["Meta"]["required"].append("owner")
    falsified(spec, "GET /api/meta", robot)
