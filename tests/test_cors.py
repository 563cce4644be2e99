"""Pages of other sites: nothing is theirs to read, except the API's answers for origins that the environment lists."""

import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings as real
from django.test import Client

from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.servers import ROOT, ServedConsole
from tests.settings import free_port

pytestmark = pytest.mark.django_db(transaction=True)

TOOL = "https://tool.example"
NOT_LISTED = (
    "https://other.example", "http://tool.example", "https://tool.example:8443", "https://tool.example.evil.example",
    "https://tool.example/", "https://tool.example/page", "https://evil@tool.example", "https://TOOL.example",
    "null", "", "*", "https://[", "https://tool.example https://tool.example",
)  # fmt: skip
META = "/api/meta/reports"


def grants(response):
    """All that a browser would take as a permission."""
    return {name for name in response.headers if name.lower().startswith("access-control-")}


def preflight(client, origin, address=META):
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "authorization"}
    return client.options(address, HTTP_ORIGIN=origin, **asked)


@pytest.fixture
def listed(settings):
    """The console as it is with ``CORS_ORIGINS=https://tool.example``."""
    settings.CORS_ALLOWED_ORIGINS = [TOOL]
    settings.MIDDLEWARE = [settings.MIDDLEWARE[0], "config.cors.ApiCors", *settings.MIDDLEWARE[1:]]


class TestOff:
    def test_nothing_is_installed(self):
        assert not [name for name in real.MIDDLEWARE if "cors" in name.lower()]

    def test_no_page_may_read_an_answer(self, call, olivia):
        response = call(valid_token(olivia)[1], META, HTTP_ORIGIN=TOOL)
        assert response.status_code == 200
        assert grants(response) == set()
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_a_preflight_is_refused_like_any_wrong_method(self):
        response = preflight(Client(), TOOL)
        assert response.status_code == 405
        assert grants(response) == set()


@pytest.mark.usefixtures("listed")
class TestListed:
    def test_its_page_reads_the_answer_and_the_headers_that_help(self, call, olivia):
        response = call(valid_token(olivia)[1], META, HTTP_ORIGIN=TOOL)
        assert response.status_code == 200
        assert response["Access-Control-Allow-Origin"] == TOOL
        assert set(response["Access-Control-Expose-Headers"].split(", ")) == {
            "WWW-Authenticate", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-ID", "ETag",
        }  # fmt: skip
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "origin" in response["Vary"].lower()
        assert "Access-Control-Allow-Credentials" not in response

    @pytest.mark.parametrize("address", [META, "/api/nowhere", "/api/data/nowhere"])
    def test_its_page_reads_refusals_too(self, call, address):
        response = call("not.a.jwt", address, HTTP_ORIGIN=TOOL)
        assert response.status_code in {401, 404}
        assert response["Access-Control-Allow-Origin"] == TOOL
        assert response["Content-Type"] == "application/problem+json"

    def test_a_preflight_needs_no_token(self):
        response = preflight(Client(), TOOL)
        assert (response.status_code, response.content) == (204, b"")
        assert response["Access-Control-Allow-Origin"] == TOOL
        assert {"authorization", "auth-token", "auth-tenant-id", "x-epilot-org-id"} <= set(
            response["Access-Control-Allow-Headers"].split(", ")
        )
        assert "GET" in response["Access-Control-Allow-Methods"]
        assert response["Access-Control-Max-Age"] == "600"
        assert not {"Content-Type", "Content-Length", "Set-Cookie", "Access-Control-Allow-Credentials"} & {
            *response.headers
        }

    @pytest.mark.parametrize("origin", NOT_LISTED)
    def test_no_other_origin_is_told_anything(self, call, olivia, origin):
        response = call(valid_token(olivia)[1], META, HTTP_ORIGIN=origin)
        assert response.status_code == 200  # the call is the token's; it is the browser that keeps the answer back
        assert grants(response) == set()
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        asked = preflight(Client(), origin)
        assert asked.status_code == 405
        assert grants(asked) == set()

    @pytest.mark.parametrize("address", ["/sign-in", "/", "/tokens", "/healthz", "/static/css/base.css", "/apis"])
    def test_no_page_of_the_console_may_be_read(self, address):
        client = Client()
        assert grants(client.get(address, HTTP_ORIGIN=TOOL)) == set()
        assert grants(preflight(client, TOOL, address)) == set()

    def test_an_answer_is_the_same_without_a_browser(self, call, olivia):
        response = call(valid_token(olivia)[1], META)
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response


def test_the_environment_switches_it_on(tmp_path):
    """In a process of its own, because settings are read once."""
    look = "from django.conf import settings; print(settings.MIDDLEWARE[1], settings.CORS_ALLOWED_ORIGINS)"
    variables = {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", look]
    done = subprocess.run(
        command, env={**variables, "CORS_ORIGINS": TOOL}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"config.cors.ApiCors ['{TOOL}']"


@pytest.fixture
def tool(tmp_path):
    """The origin of another site: a server of one empty page."""
    (tmp_path / "index.html").write_text('<title>Tool</title><link rel="icon" href="data:,">')
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.browser
def test_a_page_of_a_listed_origin_reads_a_report(tool, open_page, olivia, tmp_path):
    """A real browser: it asks first, sends the token, and gives the page the answer and the headers that help."""
    page = open_page()
    page.goto(tool)
    read = """async ([address, jwt]) => {
        const answer = await fetch(address, { headers: { Authorization: `Bearer ${jwt}` } });
        return [answer.status, answer.headers.get("x-request-id"), await answer.text()];
    }"""
    served = ServedConsole(tmp_path / "served.log", CORS_ORIGINS=tool)
    served.port = free_port()
    served.url, served.environment["PORT"] = f"http://localhost:{served.port}", str(served.port)
    served.start()
    try:
        status, request_id, text = page.evaluate(read, [served.url + META, valid_token(olivia)[1]])
        assert (status, len(request_id)) == (200, 16)
        assert "ContactsAndLogins" in text
        status, request_id, text = page.evaluate(read, [served.url + META, "nonsense"])
        assert (status, len(request_id)) == (401, 16)
        assert "not valid" in text
    finally:
        served.stop()
