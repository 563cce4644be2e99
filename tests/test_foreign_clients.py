"""Programs that know nothing of this console get on with it: OAuth libraries, JWT libraries, Postman, pandas, curl."""

import base64
import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pandas
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from requests_oauthlib import OAuth2Session as OauthlibSession

from accounts.models import Login, Organisation
from audit.models import Entry
from tests.api_calls import valid_token
from tests.factories import PASSWORD
from tests.servers import ROOT, ServedConsole
from tokens.keys import ring
from tokens.models import AccessToken
from tokens.scopes import ALL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

DIFFICULT = "p+a%s %41&=:s\u00e4\u20ac\u4e2d word"  # what is written otherwise in a form, in Basic and in a URL
TOOLS = {"newman": "6.2.2", "jose": "6.2.17"}
FOLDER = ROOT / "var" / "foreign-clients"
COLLECTION = ROOT / "docs" / "postman" / "token-console.postman_collection.json"
MANAGE = "api:token:manage"


@pytest.fixture(autouse=True)
def on_loopback_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def jwt(olivia: Login) -> str:
    return valid_token(olivia, name="Foreign", scopes=int(ALL))[1]


@pytest.fixture
def basic_allowed(organisation: Organisation) -> None:
    Organisation.objects.filter(pk=organisation.pk).update(basic_allowed=True)


def with_password(login: Login, password: str) -> str:
    login.set_password(password)
    login.save()
    return password


# --- OAuth -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("password", [PASSWORD, "pass+word%41&=: x"])
def test_authlib(serve_console: ServedConsole, olivia: Login, way: str, password: str) -> None:
    url = serve_console.url
    session = AuthlibSession(
        olivia.user_name,
        with_password(olivia, password),
        scope=f"api:meta:read {MANAGE}",
        token_endpoint_auth_method=way,
    )
    token = session.fetch_token(f"{url}/oauth/token", grant_type="client_credentials")
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert session.get(f"{url}/api/meta").json()["associates"]
    assert session.get(f"{url}/api/data/RecentLogins").status_code == 403
    asked = session.introspect_token(f"{url}/oauth/introspect", token=token["access_token"])
    assert asked.json()["active"] is True
    assert asked.json()["username"] == olivia.user_name
    assert session.revoke_token(f"{url}/oauth/revoke", token=token["access_token"]).status_code == 200
    assert session.introspect_token(f"{url}/oauth/introspect", token=token["access_token"]).json() == {"active": False}
    assert session.get(f"{url}/api/meta").status_code == 401
    assert AccessToken.objects.get(kind="client_credentials").revoked_at is not None


@pytest.mark.parametrize("include_client_id", [True, False])
def test_requests_oauthlib(serve_console: ServedConsole, olivia: Login, include_client_id: bool) -> None:
    url = serve_console.url
    client = BackendApplicationClient(client_id=olivia.user_name, scope=["api:meta:read", MANAGE])
    with OauthlibSession(client=client) as session:
        given: dict[str, Any] = {"client_id": olivia.user_name, "client_secret": PASSWORD}
        if include_client_id:
            given["include_client_id"] = True
        token = session.fetch_token(f"{url}/oauth/token", **given)
        assert token["scope"] == ["api:meta:read", MANAGE]
        assert session.get(f"{url}/api/meta").json()["associates"]
        asked = session.post(f"{url}/oauth/introspect", data={"token": token["access_token"]})
        assert asked.json()["active"] is True
        assert session.post(f"{url}/oauth/revoke", data={"token": token["access_token"]}).status_code == 200
        assert session.get(f"{url}/api/meta").status_code == 401


def test_oauth_errors_are_those_that_libraries_know(serve_console: ServedConsole, olivia: Login) -> None:
    def fetch(password: str, scope: str) -> Any:
        client = BackendApplicationClient(client_id=olivia.user_name, scope=[scope])
        session = OauthlibSession(client=client)
        return session.fetch_token(
            f"{serve_console.url}/oauth/token", client_id=olivia.user_name, client_secret=password
        )

    with pytest.raises(InvalidClientError):
        fetch("wrong", "api:meta:read")
    with pytest.raises(InvalidScopeError):
        fetch(PASSWORD, "everything")


# --- JWTs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/.well-known/oauth-authorization-server", "/v1/access-tokens/.well-known/openid-configuration"]
)
def test_pyjwt_by_discovery(serve_console: ServedConsole, jwt: str, olivia: Login, path: str) -> None:
    discovered = requests.get(f"{serve_console.url}{path}", timeout=10).json()
    key = pyjwt.PyJWKClient(discovered["jwks_uri"]).get_signing_key_from_jwt(jwt)
    claims = pyjwt.decode(
        jwt, key, algorithms=["ES256"], audience=f"{discovered['issuer']}/api", issuer=discovered["issuer"],
        options={"require": ["sub", "jti", "iat"]},
    )  # fmt: skip
    assert claims["sub"] == olivia.public_id


def test_joserfc(serve_console: ServedConsole, jwt: str, olivia: Login) -> None:
    keys = KeySet.import_key_set(requests.get(f"{serve_console.url}/.well-known/jwks.json", timeout=10).json())
    assert joserfc_jwt.decode(jwt, keys, algorithms=["ES256"]).claims["sub"] == olivia.public_id


def node_tools() -> Path:
    """newman and jose, in the versions named above; a loud skip where they cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("SKIPPED FOREIGN CLIENTS: node and npm are missing, so newman and jose were not tried")
    if not all(installed(name) == version for name, version in TOOLS.items()):
        FOLDER.mkdir(parents=True, exist_ok=True)
        wanted = [f"{name}@{version}" for name, version in TOOLS.items()]
        command = [npm, "install", "--no-save", "--no-package-lock", "--silent", "--ignore-scripts", "--prefix", FOLDER]
        done = subprocess.run([*command, *wanted], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"SKIPPED FOREIGN CLIENTS: npm could not install newman and jose: {done.stderr[-300:]}")
    return FOLDER


def installed(name: str) -> str:
    try:
        return str(json.loads((FOLDER / "node_modules" / name / "package.json").read_text())["version"])
    except FileNotFoundError:
        return ""


def test_jose(serve_console: ServedConsole, jwt: str, olivia: Login) -> None:
    folder = node_tools()
    script = folder / "verify.mjs"  # beside node_modules, where an import looks
    shutil.copy(ROOT / "tests" / "foreign" / "verify.mjs", script)

    def verify(token: str) -> subprocess.CompletedProcess[str]:
        command = ["node", script, serve_console.url, ring().audience, token]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    done = verify(jwt)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["payload"]["sub"] == olivia.public_id
    assert said["protectedHeader"]["alg"] == "ES256"
    assert verify(jwt[:-5] + "AAAAA").returncode != 0


def test_the_postman_collection(serve_console: ServedConsole, jwt: str, olivia: Login, tmp_path: Path) -> None:
    newman = node_tools() / "node_modules" / ".bin" / "newman"
    variables = {
        "baseUrl": serve_console.url, "token": jwt, "tenantId": str(olivia.organisation_id),
        "userName": olivia.user_name, "password": PASSWORD,
    }  # fmt: skip
    report = tmp_path / "newman.json"
    command = [newman, "run", COLLECTION, "--reporters", "json", "--reporter-json-export", report, "--ignore-redirects"]
    for name, value in variables.items():
        command += ["--env-var", f"{name}={value}"]
    subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    run = json.loads(report.read_text())["run"]
    failures = [f"{each['source']['name']}: {each['error']['message']}" for each in run["failures"]]
    assert failures == []
    assert run["stats"]["requests"]["total"] >= 40
    assert run["stats"]["assertions"]["total"] >= 80
    assert run["stats"]["assertions"]["failed"] == 0


def test_the_collection_holds_every_address() -> None:
    text = COLLECTION.read_text()
    for part in (
        "/api/meta", "/api/data/", "/api/whoami", "/api/tokens/leaked", "/apiops/auth/token", "/v1/access-tokens",
        "/oauth/token", "/oauth/introspect", "/oauth/revoke", "/api/mobile/login", "/api/mobile/refresh",
        "/api/mobile/logout", "auth-tenant-id", "/.well-known/oauth-authorization-server",
    ):  # fmt: skip
        assert part in text


# --- tables ----------------------------------------------------------------------------------------------------------


def in_basic(user_name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()


def test_pandas(serve_console: ServedConsole, jwt: str, olivia: Login, basic_allowed: None) -> None:
    url = f"{serve_console.url}/api/data/ContactsAndLogins"
    ways = [
        {"Authorization": f"Bearer {jwt}"},
        {"auth-token": jwt, "auth-tenant-id": str(olivia.organisation_id)},
        {"Authorization": in_basic("anybody", jwt)},
        {"Authorization": in_basic(olivia.user_name, PASSWORD)},
    ]
    for headers in ways:
        as_json = pandas.read_json(url, storage_options=headers)
        as_csv = pandas.read_csv(f"{url}?format=csv", storage_options=headers)
        as_lines = pandas.read_json(f"{url}?format=ndjson", lines=True, storage_options=headers)
        assert len(as_json) == len(as_csv) == len(as_lines) == 2
        assert list(as_json.columns) == list(as_csv.columns) == list(as_lines.columns)
        assert set(as_json["User Name"]) == {olivia.user_name}
    schemes = Entry.objects.filter(verb__in=["token.authenticate", "login.sign_in"]).values_list("scheme", flat=True)
    assert set(schemes) == {"bearer", "auth-token", "basic", "password"}


def test_requests_and_a_data_frame(serve_console: ServedConsole, jwt: str, olivia: Login) -> None:
    url = f"{serve_console.url}/api/data/ContactsAndLogins"
    answer = requests.get(url, auth=("anybody", jwt), timeout=20, allow_redirects=False)
    assert len(pandas.DataFrame(answer.json())) == 2
    packed = requests.get(f"{url}?format=csv", headers={"Authorization": f"Bearer {jwt}"}, timeout=20)
    assert len(pandas.read_csv(BytesIO(packed.content))) == 2


# --- curl ------------------------------------------------------------------------------------------------------------


def curl(*arguments: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("curl") is None:
        pytest.skip("SKIPPED FOREIGN CLIENTS: curl is missing")
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--max-time", "20", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_curl(serve_console: ServedConsole, jwt: str, olivia: Login) -> None:
    url = serve_console.url
    tenant = f"auth-tenant-id: {olivia.organisation_id}"
    for way in (
        ["-H", f"Authorization: Bearer {jwt}"], ["--oauth2-bearer", jwt], ["-u", f"anybody:{jwt}"],
        ["-H", f"auth-token: {jwt}", "-H", tenant], ["-u", f"anybody:{jwt}", "--anyauth"],
        ["-H", f"Authorization: Bearer {jwt}", "--compressed"], ["-H", f"Authorization: Bearer {jwt}", "--http1.0"],
    ):  # fmt: skip
        done = curl(*way, f"{url}/api/data/ContactsAndLogins")
        assert done.returncode == 0, (way[0], done.stderr, done.stdout)
        assert len(json.loads(done.stdout)) == 2
    refused = curl("-H", "Authorization: Bearer nonsense", f"{url}/api/meta")
    assert refused.returncode == 22
    assert json.loads(refused.stdout)["status"] == 401


def test_curl_and_the_token_endpoints(serve_console: ServedConsole, olivia: Login) -> None:
    url, password = serve_console.url, with_password(olivia, DIFFICULT)
    fields = ["--data-urlencode", f"client_id={olivia.user_name}", "--data-urlencode", f"client_secret={password}"]
    grant = ["-d", "grant_type=client_credentials"]
    for done in (
        curl(*grant, *fields, f"{url}/apiops/auth/token"),
        curl(*grant, *fields, f"{url}/oauth/token"),
        curl(*grant, "-u", f"{olivia.user_name}:{password}", f"{url}/oauth/token"),
    ):
        assert done.returncode == 0, done.stdout
        token = json.loads(done.stdout)["access_token"]
        assert curl("-H", f"Authorization: Bearer {token}", f"{url}/api/meta").returncode == 0
