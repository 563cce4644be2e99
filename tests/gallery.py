"""Every page of the console, for ``make screenshots``: who opens it, with which things of the demonstration."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

ADA, OLIVIA, PETER, NOBODY = "ada@demo.example", "olivia@demo.example", "peter.john@demo.example", ""

Step = Callable[[Page], None]


def as_it_is(page: Page) -> None:
    """Nothing is done on the page."""


@dataclass(frozen=True)
class View:
    """One picture: the address (``{contact}`` stands for an id of ``Things``), the person, and what is done there."""

    name: str
    path: str
    who: str = ADA
    step: Step = field(default=as_it_is)


# One line for each address of the console that shows a page; tests/test_screenshots.py misses none.
PAGES: dict[str, View] = {
    "": View("home", "/"),
    "contacts": View("contacts", "/contacts"),
    "contacts/<str:public_id>/logins": View("logins-of-a-contact", "/contacts/{contact}/logins"),
    "contacts/<str:public_id>/actions": View("contact-actions", "/contacts/{contact}/actions"),
    "contacts/<str:public_id>/add-login": View("add-login", "/contacts/{contact}/add-login"),
    "contacts/<str:public_id>/edit": View("edit-contact", "/contacts/{contact}/edit"),
    "contacts/<str:public_id>/delete": View("delete-contact", "/contacts/{contact}/delete"),
    "contacts/new": View("create-new-contact", "/contacts/new"),
    "contacts/new-user": View("create-new-user", "/contacts/new-user"),
    "contacts/import": View("import", "/contacts/import"),
    "contacts/imports": View("imports", "/contacts/imports"),
    "contacts/imports/<str:public_id>": View("dry-run", "/contacts/imports/{contact_import}"),
    "contacts/imports/<str:public_id>/apply": View("apply-import", "/contacts/imports/{contact_import}/apply"),
    "contacts/imports/<str:public_id>/discard": View("discard-import", "/contacts/imports/{contact_import}/discard"),
    "logins/<str:public_id>/actions": View("login-actions", "/logins/{login}/actions"),
    "logins/<str:public_id>/edit": View("edit-login", "/logins/{login}/edit"),
    "logins/<str:public_id>/delete": View("delete-login", "/logins/{login}/delete"),
    "logins/<str:public_id>/assignments": View("assignments", "/logins/{login}/assignments"),
    "logins/<str:public_id>/activation": View("send-activation-mail", "/logins/{login}/activation"),
    "logins/<str:public_id>/reactivate": View("re-activate", "/logins/{login}/reactivate"),
    "logins/<str:public_id>/password/reset": View("reset-password", "/logins/{login}/password/reset"),
    "logins/<str:public_id>/password/force-change": View("force-change", "/logins/{login}/password/force-change"),
    "logins/<str:public_id>/sessions": View("console-sessions-of-login", "/logins/{login}/sessions"),
    "logins/<str:public_id>/sessions/end": View("sign-out-everywhere", "/logins/{login}/sessions/end"),
    "logins/<str:public_id>/second-factor/reset": View("reset-factor", "/logins/{login}/second-factor/reset"),
    "logins/<str:public_id>/sso/set": View("set-as-sso", "/logins/{login}/sso/set"),
    "logins/<str:public_id>/sso/remove": View("set-as-non-sso", "/logins/{login}/sso/remove"),
    "logins/<str:public_id>/disable": View("disable-login", "/logins/{login}/disable"),
    "logins/<str:public_id>/enable": View("enable-login", "/logins/{login}/enable"),
    "logins/<str:public_id>/roles/personal/add": View("add-personal-role", "/logins/{other_login}/roles/personal/add"),
    "logins/<str:public_id>/roles/personal/remove": View(
        "remove-personal-role", "/logins/{login}/roles/personal/remove"
    ),
    "logins/<str:public_id>/roles/admin/add": View("add-admin-role", "/logins/{login}/roles/admin/add"),
    "logins/<str:public_id>/roles/admin/remove": View("remove-admin-role", "/logins/{login}/roles/admin/remove"),
    "logins/<str:public_id>/type/general-user": View("set-as-general-user", "/logins/{login}/type/general-user"),
    "logins/<str:public_id>/type/view-only": View("set-as-view-only", "/logins/{login}/type/view-only"),
    "logins/<str:public_id>/type/system-administrator": View(
        "set-as-system-administrator", "/logins/{login}/type/system-administrator"
    ),
    "logins/<str:public_id>/start-tokens": View("start-tokens-of-login", "/logins/{login}/start-tokens"),
    "logins/<str:public_id>/stop-tokens": View("stop-tokens-of-login", "/logins/{login}/stop-tokens"),
    "departments": View("departments", "/departments"),
    "departments/create": View("create-department", "/departments/create"),
    "departments/<str:public_id>/actions": View("department-actions", "/departments/{department}/actions"),
    "departments/<str:public_id>/rename": View("rename-department", "/departments/{department}/rename"),
    "departments/<str:public_id>/move": View("move-department", "/departments/{department}/move"),
    "departments/<str:public_id>/delete": View("delete-department", "/departments/{department}/delete"),
    "user-types": View("user-types", "/user-types"),
    "user-types/create": View("create-user-type", "/user-types/create"),
    "user-types/<str:slug>": View("user-type", "/user-types/{user_type}"),
    "user-types/<str:slug>/actions": View("user-type-actions", "/user-types/{user_type}/actions"),
    "user-types/<str:slug>/edit": View("edit-user-type", "/user-types/{user_type}/edit"),
    "user-types/<str:slug>/delete": View("delete-user-type", "/user-types/{user_type}/delete"),
    "login-activity": View("login-activity", "/login-activity"),
    "administrator/tokens": View("tokens-of-all", "/administrator/tokens"),
    "administrator/tokens/new": View("create-api-token", "/administrator/tokens/new"),
    "administrator/tokens/logins/<str:login_id>/new": View(
        "create-api-token-for", "/administrator/tokens/logins/{login}/new"
    ),
    "administrator/tokens/mobile-users": View("mobile-users", "/administrator/tokens/mobile-users"),
    "administrator/tokens/mobile-users/<str:session_id>": View(
        "mobile-user", "/administrator/tokens/mobile-users/{mobile_session}"
    ),
    "administrator/tokens/mobile-users/<str:session_id>/actions": View(
        "mobile-user-actions", "/administrator/tokens/mobile-users/{mobile_session}/actions"
    ),
    "administrator/token-logs": View("all-token-logs", "/administrator/token-logs"),
    "administrator/activity": View("activity", "/administrator/activity"),
    "administrator/activity/<int:entry_id>": View("entry", "/administrator/activity/{entry}"),
    "administrator/ledger": View("ledger", "/administrator/ledger"),
    "administrator/ledger/verify": View("verify-ledger", "/administrator/ledger/verify"),
    "configuration/access-tokens": View("access-tokens", "/configuration/access-tokens"),
    "configuration/access-tokens/new": View("generate-new-token", "/configuration/access-tokens/new"),
    "configuration/access-tokens/logins/<str:login_id>/new": View(
        "generate-new-token-for", "/configuration/access-tokens/logins/{login}/new"
    ),
    "configuration/organisation": View("organisation", "/configuration/organisation"),
    "configuration/organisation/general": View("edit-organisation", "/configuration/organisation/general"),
    "configuration/organisation/log": View("edit-log", "/configuration/organisation/log"),
    "configuration/organisation/networks": View("edit-networks", "/configuration/organisation/networks"),
    "configuration/organisation/passwords": View("edit-passwords", "/configuration/organisation/passwords"),
    "configuration/organisation/sign-in": View("edit-sign-in", "/configuration/organisation/sign-in"),
    "configuration/organisation/sign-everybody-out": View(
        "sign-everybody-out", "/configuration/organisation/sign-everybody-out"
    ),
    "configuration/organisation/start-tokens": View("start-tokens", "/configuration/organisation/start-tokens"),
    "configuration/organisation/stop-tokens": View("stop-tokens", "/configuration/organisation/stop-tokens"),
    "configuration/organisation/tokens": View("edit-policies", "/configuration/organisation/tokens"),
    "logins/<str:login_id>/tokens": View("tokens-of-login", "/logins/{login}/tokens"),
    "logins/<str:login_id>/tokens/new": View("create-for-login", "/logins/{login}/tokens/new"),
    "logins/<str:login_id>/tokens/<str:public_id>": View("token-of-login", "/logins/{login}/tokens/{token}"),
    "logins/<str:login_id>/tokens/<str:public_id>/actions": View(
        "token-of-login-actions", "/logins/{login}/tokens/{token}/actions"
    ),
    "logins/<str:login_id>/tokens/<str:public_id>/edit": View("edit-for-login", "/logins/{login}/tokens/{token}/edit"),
    "logins/<str:login_id>/tokens/<str:public_id>/generate": View(
        "generate-for-login", "/logins/{login}/tokens/{token}/generate"
    ),
    "logins/<str:login_id>/tokens/<str:public_id>/revoke": View(
        "revoke-for-login", "/logins/{login}/tokens/{token}/revoke"
    ),
    "logins/<str:login_id>/tokens/<str:public_id>/logs": View("logs-of-login", "/logins/{login}/tokens/{token}/logs"),
    "logins/<str:login_id>/tokens/<str:public_id>/sessions": View(
        "sessions-of-login", "/logins/{login}/tokens/{token}/sessions"
    ),
    "tokens": View("my-tokens", "/tokens", OLIVIA),
    "tokens/new": View("create-new", "/tokens/new", OLIVIA),
    "tokens/logs": View("my-token-logs", "/tokens/logs", OLIVIA),
    "tokens/<str:public_id>": View("token", "/tokens/{token}", OLIVIA),
    "tokens/<str:public_id>/actions": View("token-actions", "/tokens/{token}/actions", OLIVIA),
    "tokens/<str:public_id>/edit": View("edit-token", "/tokens/{token}/edit", OLIVIA),
    "tokens/<str:public_id>/generate": View("generate", "/tokens/{token}/generate", OLIVIA),
    "tokens/<str:public_id>/revoke": View("revoke", "/tokens/{token}/revoke", OLIVIA),
    "tokens/<str:public_id>/logs": View("token-logs", "/tokens/{token}/logs", OLIVIA),
    "tokens/<str:public_id>/sessions": View("token-sessions", "/tokens/{token}/sessions", OLIVIA),
    "personal": View("personal", "/personal", OLIVIA),
    "personal/edit": View("edit-personal", "/personal/edit", OLIVIA),
    "personal/second-factor": View("second-factor", "/personal/second-factor", OLIVIA),
    "personal/second-factor/app": View("set-up-an-app", "/personal/second-factor/app", OLIVIA),
    "personal/second-factor/passkey": View("set-up-a-passkey", "/personal/second-factor/passkey", OLIVIA),
    "personal/second-factor/recovery-codes": View("recovery-codes", "/personal/second-factor/recovery-codes", OLIVIA),
    "personal/tokens/new": View("create-personal-token", "/personal/tokens/new", OLIVIA),
    "personal/sessions/end-others": View("sign-out-others", "/personal/sessions/end-others", OLIVIA),
    "personal/start-tokens": View("start-my-tokens", "/personal/start-tokens", OLIVIA),
    "personal/stop-tokens": View("stop-my-tokens", "/personal/stop-tokens", OLIVIA),
    "how-to-use": View("how-to-use", "/how-to-use", OLIVIA),
    "search": View("search", "/search?q=energy"),
    "confirm": View("confirm-it-is-you", "/confirm?next=/contacts", ADA),
    "password": View("change-password", "/password", OLIVIA),
    "sign-in": View("sign-in", "/sign-in", NOBODY),
    "sign-in/sso": View("single-sign-on", "/sign-in/sso", NOBODY),
    "sign-out": View("sign-out", "/sign-out", OLIVIA),
    "password/reset": View("password-reset", "/password/reset", NOBODY),
    "password/reset/sent": View("password-reset-sent", "/password/reset/sent", NOBODY),
    "password/reset/key/<str:login_id>/<str:token>": View("link-dead", "/password/reset/key/lgn_nobody/x-y", NOBODY),
    "activate/<str:login_id>/<str:token>": View("activation", "/activate/lgn_nobody/x-y", NOBODY),
    "not-mine/key/<str:link>": View("not-mine", "/not-mine/key/x", NOBODY),
    "api/docs": View("api-docs", "/api/docs", NOBODY),
}
# Addresses without a page of their own: files, parts of pages, what takes POST alone or ends what is open now.
NO_PAGES = (
    "columns", "contacts/export-for-editing", "contacts/import/template.", "contacts/imports/<str:public_id>/progress",
    "contacts/selected/", "administrator/tokens/revoke", "configuration/access-tokens/revoke", "generate/save",
    "administrator/tokens/shorten",
    "generate/cancel", "administrator/tokens/mobile-users/disconnect", "personal/appearance", "personal/sessions/<",
    "logins/<str:public_id>/sessions/<",
    "sign-in/second-step", "sign-in/passkey", "personal/second-factor/passkey/question", "personal/factors/<",
    "confirm/factor", "confirm/sso", "sign-in/sso/callback",
    "personal/devices/<", "administrator/ledger/checkpoint.txt", "administrator/ledger/verify_export.py",
    "administrator/ledger/verification", "receipt.json",
)  # fmt: skip


def open_menu(page: Page, row: str) -> None:
    page.get_by_role("row").filter(has_text=row).locator("[data-menu]").first.click()
    page.get_by_role("menu").wait_for()


def select_three(page: Page) -> None:
    select = page.get_by_role("button", name="Select", exact=True)
    if select.is_visible():  # a phone shows no boxes before
        select.click()
    for box in page.locator("[data-pick]").all()[:3]:
        box.evaluate("box => box.scrollIntoView({block: 'center'})")  # from under the bar at a phone's foot
        box.check(force=True)


def menu_of_a_token(page: Page) -> None:
    open_menu(page, "Finance Power BI")


def columns(page: Page) -> None:
    page.locator(".grid-tools summary[aria-label=Columns]").click()


def save_nothing(page: Page) -> None:
    page.get_by_role("main").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("This field is required.").first).to_be_visible()


def show_jwt(page: Page) -> None:
    """The JWT of a picture is of a database that is gone when the picture is there."""
    page.get_by_role("main").get_by_role("button", name="Generate Token").click()
    page.get_by_role("button", name="Save").wait_for()


# What the pages look like in use.
SCENES = (
    View("home-of-a-user", "/", OLIVIA),
    View("home-without-a-role", "/", PETER),
    View("denied", "/tokens", PETER),
    View("no-such-page", "/no-such-page", OLIVIA),
    View("nothing-matches", "/contacts?name=nobody-is-called-so"),
    View("refused-filter", "/contacts?enabled=perhaps"),
    View("only-failures", "/administrator/token-logs?result=fail"),
    View("selected", "/administrator/tokens", step=select_three),
    View("menu", "/tokens", OLIVIA, step=menu_of_a_token),
    View("columns", "/contacts", step=columns),
    View("create-new-with-errors", "/tokens/new", OLIVIA, step=save_nothing),
    View("jwt", "/tokens/{token}/generate", OLIVIA, step=show_jwt),
)

# What the ledger's page says when something is wrong; each with what makes it so, done after all other pictures.
BROKEN = """
from django.db.models.functions import Now
from accounts.models import Heartbeat
from audit.models import Head, Verification
Heartbeat.objects.create(worker="pictures", lane="sealing", at=Now(), went_round_at=Now())
size = Head.objects.get().size
Verification.objects.create(
    state="broken", is_open=False, organisation_id=1, by_label="Ada Byron", done=size, total=size, checkpoints=3,
    finding={"code": "entry_changed", "sequence": size // 2, "more": {"entry": 1200, "columns": "verb, details"}},
    findings=2, ended_at="2026-11-20T09:12:00Z",
)
"""
HALTED = """
from django.db.models.functions import Now
from accounts.models import Heartbeat
trouble = "no checkpoint is signed: /srv/ledger/newest cannot be written: No space left on device"
Heartbeat.objects.update_or_create(
    worker="pictures", lane="sealing", defaults={"at": Now(), "went_round_at": Now(), "trouble": trouble}
)
"""
TROUBLES = (
    (View("ledger-broken", "/administrator/ledger"), BROKEN),
    (View("ledger-halted", "/administrator/ledger"), HALTED),
)
