"""Takes pictures of the demonstration: those of the README, and every page in each width and scheme.

The latter go into ``var/screenshots``, named after the page, its width and its scheme (tests/gallery.py lists them).
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from config.listening import why_not_listen
from config.supervisor import web_command
from tests.browser import ARGUMENTS, SCREEN, find_chromium
from tests.gallery import ADA, PAGES, SCENES, TROUBLES, View, as_it_is, open_menu
from tests.servers import ROOT, wait_for
from tests.settings import free_port

FOLDER = ROOT / "docs" / "img"
GALLERY = ROOT / "var" / "screenshots"
LOOKS = ((1360, "light"), (1360, "dark"), (360, "light"), (360, "dark"))
PEOPLE = """First Name,Last Name,E Mail,User Name,Department,User Type
Noor,Haddad,noor.haddad@demo.example,,Energy > South,General User
Olivia,Novak-Berg,olivia@demo.example,olivia@demo.example,,
Nobody,,no mail address,,Nowhere,General User
"""
THINGS = """
import json
from accounts.models import *
from accounts.models.imports import ContactImport
from audit.models import Entry
from audit.verbs import Verb
from tokens.models import AccessToken, MobileSession
login = Login.objects.get(user_name="olivia@demo.example")
print(json.dumps({
    "login": login.public_id, "contact": login.contact.public_id,
    "other_login": Login.objects.get(user_name="peter.john@demo.example").public_id,
    "token": AccessToken.objects.get(owner=login, name="Finance Power BI").public_id,
    "department": Department.objects.get(organisation_id=login.organisation_id, name="Energy").public_id,
    "user_type": "report-reader", "contact_import": ContactImport.objects.get().public_id,
    "entry": str(Entry.objects.filter(verb=Verb.TOKEN_UPDATE).order_by("-id").first().pk),
    "mobile_session": MobileSession.objects.filter(login__organisation_id=login.organisation_id).first().public_id,
}))
"""
USUAL_PORT = 8000


def contacts(page: Page) -> None:
    """The menu of somebody who has no token role yet."""
    page.goto("/contacts")
    page.locator("select[name=department]").select_option(label="Energy")
    page.locator("#grid-chips .chip").wait_for()
    open_menu(page, "chloe.martin@demo.example")


def tokens(page: Page) -> None:
    page.goto("/tokens")


def token(page: Page) -> None:
    page.goto("/tokens")
    page.get_by_role("link", name="Board pack", exact=True).click()
    page.get_by_role("heading", level=1, name="Board pack").wait_for()


def generate(page: Page) -> None:
    """The JWT of a picture is of a database that is gone when the picture is there."""
    page.goto("/tokens")
    open_menu(page, "Carbon footprint Q4")
    page.get_by_role("menuitem", name="Generate Token").click()
    page.get_by_role("dialog").get_by_role("button", name="Generate Token").click()
    page.get_by_role("button", name="Save").wait_for()


def logs(page: Page) -> None:
    page.goto("/administrator/token-logs")


def home(page: Page) -> None:
    page.goto("/")


PICTURES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "home": ("ada@demo.example", home),
    "contacts": ("ada@demo.example", contacts),
    "tokens": ("olivia@demo.example", tokens),
    "token": ("olivia@demo.example", token),
    "generate": ("olivia@demo.example", generate),
    "logs": ("ada@demo.example", logs),
}


def signed_in(browser: Browser, url: str, user_name: str, password: str, **options: Any) -> Page:
    """A page of this person, or of nobody."""
    seen = {"viewport": SCREEN, "locale": "en-GB", "timezone_id": "Europe/London", **options}
    page = browser.new_context(base_url=url, **seen).new_page()
    page.context.set_default_timeout(90_000)  # pictures are taken on loaded machines too
    if user_name:
        page.goto("/sign-in")
        page.fill("input[name=login]", user_name)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
    return page


def take_all(browser: Browser, url: str, password: str, environment: dict[str, str]) -> None:
    """Every page, one person after another, so that nobody signs in more than once for each look."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    upload(browser, url, password, environment)
    things = things_of(environment)
    views = sorted((*PAGES.values(), *SCENES), key=lambda view: view.who)
    for width, scheme in LOOKS:
        options = {"viewport": {"width": width, "height": 860}, "color_scheme": scheme}
        for who, shown in groupby(views, key=lambda view: view.who):
            page = signed_in(browser, url, who, password, **options)
            for view in shown:
                take_view(page, view, things, f"{width}-{scheme}")
            page.context.close()
        print(f"{GALLERY.relative_to(ROOT)}: {len(views)} pictures {width} wide, {scheme}", flush=True)


def take_view(page: Page, view: View, things: dict[str, str], look: str) -> None:
    page.goto(view.path.format_map(things))
    page.wait_for_load_state("networkidle")
    view.step(page)
    path = GALLERY / f"{view.name}-{look}.png"
    page.screenshot(path=path, animations="disabled", caret="hide", full_page=view.step is as_it_is)


def take_troubles(browser: Browser, url: str, password: str, environment: dict[str, str]) -> None:
    """What must never happen, made to happen: after everything else."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    pages = {
        f"{width}-{scheme}": signed_in(
            browser, url, ADA, password, viewport={"width": width, "height": 860}, color_scheme=scheme
        )
        for width, scheme in LOOKS
    }
    for view, script in TROUBLES:
        in_console(script, environment)
        for look, page in pages.items():
            take_view(page, view, {}, look)
    for page in pages.values():
        page.context.close()


def upload(browser: Browser, url: str, password: str, environment: dict[str, str]) -> None:
    """A file with a row of each kind, so that there is a dry run to look at."""
    page = signed_in(browser, url, ADA, password)
    page.goto("/contacts/import")
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()})
    page.get_by_role("main").get_by_role("button", name="Start the dry run").click()
    page.wait_for_url("**/contacts/imports/*")
    page.context.close()
    subprocess.run([sys.executable, "manage.py", "worker", "--once"], env=environment, cwd=ROOT, check=True)


def things_of(environment: dict[str, str]) -> dict[str, str]:
    """The ids that stand for the blanks of the addresses."""
    return dict(json.loads(in_console(THINGS, environment)))


def in_console(script: str, environment: dict[str, str]) -> str:
    """What a script says that knows the console's models."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def take(url: str, password: str, environment: dict[str, str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=ARGUMENTS)
        for name, (user_name, show) in PICTURES.items():
            page = signed_in(browser, url, user_name, password)
            show(page)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")
            print(f"docs/img/{name}.png")
        take_all(browser, url, password, environment)
        take_troubles(browser, url, password, environment)
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
            take(f"http://localhost:{port}", password, environment)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
