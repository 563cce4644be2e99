"""Served with a certificate of its own: which handshakes pass, and what a browser is told to keep to itself."""

import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from tests.certificates import certificate_in
from tests.factories import PASSWORD
from tests.serving import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("tls")
    chain, private = certificate_in(folder)
    console = Served(folder, "manage.py", "serve", "--certificate", str(chain), "--key", str(private))
    console.url = console.environment["PUBLIC_URL"] = f"https://localhost:{console.port}"
    console.prepare()
    console.start(wait=False)
    try:
        for _attempt in range(300):
            try:
                assert negotiated(console, ssl.TLSVersion.TLSv1_3)
                break
            except OSError:
                time.sleep(0.1)
        yield console
    finally:
        console.stop()


@pytest.fixture
def browser(served: Served) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # or a bundle that the environment names would stand in for this certificate
    session.verify = str(served.folder / "chain.pem")
    return session


def negotiated(served: Served, version: ssl.TLSVersion) -> str | None:
    """What a client that knows this version alone agrees on."""
    return agreed(served, version, "ALL")[1]


def agreed(served: Served, version: ssl.TLSVersion, suites: str) -> tuple[str, str | None]:
    """The suite, and the version, with a client that knows no other."""
    context = ssl.create_default_context(cafile=str(served.folder / "chain.pem"))
    context.set_ciphers(f"{suites}:@SECLEVEL=0")  # or this side would refuse the old ones
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("localhost", served.port), timeout=10) as peer,
        context.wrap_socket(peer, server_hostname="localhost") as wrapped,
    ):
        return (wrapped.cipher() or ("",))[0], wrapped.version()


@pytest.mark.parametrize(
    ("version", "told"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_versions_that_are_safe(served: Served, version: ssl.TLSVersion, told: str) -> None:
    assert negotiated(served, version) == told


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_versions_that_are_not(served: Served, version: ssl.TLSVersion) -> None:
    with pytest.raises(OSError, match=r"(?i)protocol|handshake|alert|eof|reset"):
        negotiated(served, version)


@pytest.mark.parametrize("suites", ["ALL", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_suites_with_forward_secrecy_alone(served: Served, suites: str) -> None:
    suite, _version = agreed(served, ssl.TLSVersion.TLSv1_2, suites)
    assert suite.startswith("ECDHE-")
    assert suite.endswith(("GCM-SHA256", "GCM-SHA384", "POLY1305"))


@pytest.mark.parametrize("suites", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "aNULL", "kRSA"])
def test_other_suites_are_refused(served: Served, suites: str) -> None:
    with pytest.raises(OSError, match=r"(?i)handshake|alert|eof|reset"):
        agreed(served, ssl.TLSVersion.TLSv1_2, suites)


def test_cookies_that_are_for_this_host_and_this_way_alone(served: Served, browser: requests.Session) -> None:
    """RFC 6265bis, 4.1.3.2: with this prefix a browser takes them over TLS alone, and from this very host."""
    page = browser.get(f"{served.url}/sign-in", timeout=20)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    form = {"login": "ada@demo.example", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    headers = {"Referer": f"{served.url}/sign-in"}
    entered = browser.post(f"{served.url}/sign-in", form, headers=headers, allow_redirects=False, timeout=20)
    assert entered.status_code in {302, 303}
    written = {one.partition("=")[0]: one.split("; ")[1:] for one in entered.raw.headers.getlist("Set-Cookie")}
    assert set(written) == {"__Host-session", "__Host-csrf", "__Host-known"}
    known = [one for one in written.pop("__Host-known") if not one.startswith("expires=")]
    assert {"HttpOnly", "Path=/", "SameSite=Strict", "Secure", f"Max-Age={30 * 24 * 3600}"} == set(known)
    for attributes in written.values():
        assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} == set(attributes)
    assert entered.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert browser.get(f"{served.url}/personal", timeout=20).status_code == 200


def test_what_speaks_no_tls_gets_no_answer(served: Served) -> None:
    with socket.create_connection(("localhost", served.port), timeout=10) as peer:
        peer.sendall(b"GET /api/meta HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"HTTP/1.1 2" not in peer.recv(1000)
