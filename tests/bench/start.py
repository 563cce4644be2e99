"""Measures a first and a second ``make run`` in a clean clone, the first pages, and what each page weighs.

``python -m tests.bench.start [--quick]``; quick leaves the clone out and serves the checkout itself.
"""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin

from tests.bench.figures import ROOT, Measured, Part, write
from tests.bench.ground import KEPT
from tests.settings import free_port

PERSON, PASSWORD = "ada@demo.example", "A-demo-for-the-bench-1"
PAGES = (
    "/", "/contacts", "/departments", "/user-types", "/tokens", "/tokens/logs", "/administrator/tokens",
    "/administrator/token-logs", "/administrator/activity", "/administrator/ledger", "/login-activity", "/how-to-use",
)  # fmt: skip
LOADED = re.compile(r"""<(?:link[^>]*\shref|script[^>]*\ssrc|img[^>]*\ssrc)="(/static/[^"]+)""")
FONTS = re.compile(r"""url\("([^"]+\.ttf)"\)""")
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
WAIT_SECONDS = 300.0
OF_INSTALLERS = ("PIP_", "UV_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Names in the environment begin so that say where packages come from."""


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes of one page as they go over the wire (bodies alone), and unpacked; ``again`` is the next visit's."""

    path: str
    milliseconds: float
    requests: int
    html: int
    css: int
    js: int
    fonts: int
    others: int
    unpacked: int
    again: int


class Browser:
    """Asks as a browser does: packed, on one connection, with its cookies."""

    def __init__(self, port: int) -> None:
        self.peer = http.client.HTTPConnection("localhost", port, timeout=60)
        self.cookies = SimpleCookie()
        self.weights: dict[str, tuple[int, int]] = {}

    def ask(self, path: str, form: dict[str, str] | None = None, *, packed: bool = True) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())}
        if packed:
            headers["Accept-Encoding"] = "gzip"
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://localhost:{self.peer.port}",
            }
        self.peer.request(
            "POST" if form is not None else "GET", path, urlencode(form) if form is not None else None, headers
        )
        answer = self.peer.getresponse()
        body = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(line)
        return answer.status, body

    def sign_in(self) -> None:
        page = self.ask("/sign-in", packed=False)[1].decode()
        found = FORM_TOKEN.search(page)
        assert found
        form = {"csrfmiddlewaretoken": found[1], "login": PERSON, "password": PASSWORD}
        status, body = self.ask("/sign-in", form)
        assert status == 302, (status, body[:500])

    def weigh(self, path: str) -> Weight:
        began = time.perf_counter()
        status, html = self.ask(path)
        seconds = time.perf_counter() - began
        assert status == 200, (path, status)
        page = self.ask(path, packed=False)[1].decode()
        loaded = list(dict.fromkeys(LOADED.findall(page)))
        for address in [name for name in loaded if name.endswith(".css")]:
            style = self.ask(address, packed=False)[1].decode()
            loaded += [urljoin(address, font) for font in FONTS.findall(style)]
        sizes = {address: self.size(address) for address in dict.fromkeys(loaded)}
        kinds = {
            kind: sum(sent for name, (sent, _) in sizes.items() if name.endswith(kind))
            for kind in (".css", ".js", ".ttf")
        }
        return Weight(
            path, seconds * 1000, 1 + len(sizes), len(html), kinds[".css"], kinds[".js"], kinds[".ttf"],
            sum(sent for sent, _ in sizes.values()) - sum(kinds.values()),
            len(page.encode()) + sum(whole for _, whole in sizes.values()), len(html),
        )  # fmt: skip

    def size(self, address: str) -> tuple[int, int]:
        """Packed and not. What was asked for once is kept by the browser, and here."""
        if address not in self.weights:
            self.weights[address] = len(self.ask(address)[1]), len(self.ask(address, packed=False)[1])
        return self.weights[address]


@contextmanager
def running(folder: Path, port: int, *command: str) -> Iterator[float]:
    """The seconds until a page answered."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if (name in KEPT and name != "VIRTUAL_ENV") or name.upper().startswith(OF_INSTALLERS)
    }
    environment = {**kept, "PORT": str(port), "DEMO_PASSWORD": PASSWORD, "LOG_LEVEL": "WARNING"}
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for_page(port, process)
        yield time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def wait_for_page(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if Browser(port).ask("/sign-in")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    raise RuntimeError("no page answered")


def clean_clone(folder: Path) -> Path:
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    return clone


def visit(port: int) -> tuple[dict[str, float], list[Weight]]:
    """The first page of a browser that has nothing yet, then each main page."""
    browser = Browser(port)
    began = time.perf_counter()
    browser.ask("/sign-in")
    first = (time.perf_counter() - began) * 1000
    weights = [browser.weigh("/sign-in")]
    browser.sign_in()
    weights += [browser.weigh(path) for path in PAGES]
    began = time.perf_counter()
    browser.ask("/administrator/tokens")
    return {"first_page_ms": first, "warm_page_ms": (time.perf_counter() - began) * 1000}, weights


def main() -> None:
    folder, port = Path(tempfile.mkdtemp(prefix="console-start-")), free_port()
    quick = "--quick" in sys.argv[1:]
    try:
        if quick:
            (folder / "data").mkdir()
            os.environ["TMPDIR"] = str(folder)
            serve = ["env", "DEMO=1", f"DATA_DIR={folder / 'data'}", sys.executable, "manage.py", "serve", "--migrate"]
            place = ROOT
        else:
            place, serve = clean_clone(folder), ["make", "run", f"PORT={port}"]
        with running(place, port, *serve) as first:
            pages, weights = visit(port)
        with running(place, port, *serve) as second:
            pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figure = Measured("make_run", first, f"package cache warm; the second start {second:.1f} s")
    write(Part.START, [] if quick else [figure], second_start_s=second, **pages, pages=[asdict(one) for one in weights])
    print(
        f"first start {first:.1f} s, second {second:.1f} s; "
        + ", ".join(f"{name} {value:.0f}" for name, value in pages.items())
    )
    print(table(weights))


def table(weights: list[Weight]) -> str:
    lines = [
        "| Page | first, ms | requests | HTML | CSS | JS | fonts | all, kB | unpacked | next visit, kB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in weights:
        sent = one.html + one.css + one.js + one.fonts + one.others
        numbers = [one.html, one.css, one.js, one.fonts, sent, one.unpacked, one.again]
        kilobytes = " | ".join(f"{number / 1000:.1f}" for number in numbers)
        lines.append(f"| `{one.path}` | {one.milliseconds:.0f} | {one.requests} | {kilobytes} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
