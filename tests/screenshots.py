"""Takes the pictures of the README: the demonstration, served from a temporary folder, as a person sees it."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.supervisor import web_command, why_not_listen
from tests.browser import ARGUMENTS, SCREEN, find_chromium
from tests.servers import ROOT, wait_for
from tests.settings import free_port

FOLDER = ROOT / "docs" / "img"
USUAL_PORT = 8000


def open_menu(page: Page, row: str) -> None:
    page.get_by_role("row").filter(has_text=row).locator("[data-menu]").click()
    page.get_by_role("menu").wait_for()


def contacts(page: Page) -> None:
    """The menu of somebody who has no token role yet."""
    page.goto("/contacts")
    page.locator("select[name=department]").select_option(label="Energy")
    page.locator("#grid-chips .chip").wait_for()
    open_menu(page, "chloe.martin@demo.example")


def tokens(page: Page) -> None:
    page.goto("/tokens")


def generate(page: Page) -> None:
    """The JWT of a picture is of a database that is gone when the picture is there."""
    page.goto("/tokens")
    open_menu(page, "Carbon footprint Q4")
    page.get_by_role("menuitem", name="Generate Token").click()
    page.get_by_role("dialog").get_by_role("button", name="Generate Token").click()
    page.get_by_role("button", name="Save").wait_for()


def logs(page: Page) -> None:
    page.goto("/administrator/token-logs")


PICTURES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "contacts": ("ada@demo.example", contacts),
    "tokens": ("olivia@demo.example", tokens),
    "generate": ("olivia@demo.example", generate),
    "logs": ("ada@demo.example", logs),
}


def signed_in(browser: Browser, url: str, user_name: str, password: str) -> Page:
    page = browser.new_context(base_url=url, viewport=SCREEN, locale="en-GB", timezone_id="Europe/London").new_page()
    page.goto("/sign-in")
    page.fill("input[name=login]", user_name)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def take(url: str, password: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=ARGUMENTS)
        for name, (user_name, show) in PICTURES.items():
            page = signed_in(browser, url, user_name, password)
            show(page)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")
            print(f"docs/img/{name}.png")
        browser.close()


def main() -> None:
    if not find_chromium():
        sys.exit("No Chromium on this machine: no picture can be taken.")
    port = free_port() if why_not_listen("127.0.0.1", USUAL_PORT) else USUAL_PORT  # it is seen in a picture
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory(prefix="console-pictures-") as folder:
        # Nothing of the environment's own settings: the pictures are the same wherever they are taken.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
        environment |= {"DATA_DIR": folder, "DEMO": "1", "DEMO_PASSWORD": password, "PORT": str(port)}
        for command in ("migrate", "demo"):
            subprocess.run([sys.executable, "manage.py", command], env=environment, cwd=ROOT, check=True)
        log = Path(folder) / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                web_command("127.0.0.1", port, workers=1), env=environment, cwd=ROOT, stdout=output, stderr=output
            )
        try:
            wait_for(f"http://localhost:{port}/healthz", server, log)
            take(f"http://localhost:{port}", password)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
