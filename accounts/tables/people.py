"""The grids of contacts and of a contact's logins."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.blocks import blocked_logins, blocked_until
from accounts.kinds import LoginKind
from accounts.models import Contact, Department, Login
from accounts.roles import SHORT_NAMES, TokenRole
from accounts.rules.people import day_of_end
from audit.grids.tables import ActionsColumn, DateTimeColumn, GridTable, LinkColumn, StatusColumn, TextColumn
from audit.grids.tags import Tag, yes
from audit.grids.words import Text

SERVICE = Tag(_("service"), "outline")
SINGLE_SIGN_ON = Tag(_("SSO"), "outline")


def enabled_tag(login: Login | None, blocked_until: dt.datetime | None = None) -> Tag:
    """Whether the login is let in, and if not, why."""
    if login is None:
        return Tag(_("No login"), "plain")
    if not login.enabled:
        return Tag(_("Disabled"), "grey", "ban")
    if login.is_expired:
        return Tag(_("Expired"), "amber", "clock")
    if blocked_until:
        return Tag(_("Blocked"), "red", "lock")
    is_invited = login.kind is LoginKind.PERSON and not login.has_usable_password()
    return Tag(_("Invited"), "blue", "mail") if is_invited else yes(_("Yes"))


def type_names(login: Login | None) -> list[str]:
    """The user types of a login, each once, in the order of its assignments."""
    assignments = sorted(login.assignments.all(), key=lambda assignment: assignment.pk) if login else []
    return list(dict.fromkeys(assignment.user_type.label for assignment in assignments))


def role_names(login: Login | None) -> list[str]:
    if login is None:
        return []
    held = {TokenRole.PERSONAL: login.has_personal_role, TokenRole.ADMIN: login.has_admin_role}
    return [str(SHORT_NAMES[role]) for role, holds in held.items() if holds]


def edit_page(login: Login) -> str:
    return reverse("accounts:edit_login", args=[login.public_id])


def nowhere(login: Login) -> None:
    """For those who may only look."""


def never(_row: Contact | Login) -> Text:
    return _("Never")


def never_of_login(contact: Contact) -> Text:
    """A contact without a login has no end either, but nothing that could end."""
    return never(contact) if contact.login_id else ""  # type: ignore[attr-defined]  # an annotation


class EndColumn(DateTimeColumn):
    """The last day of a login, in its own time zone, as its form has it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="expires_at", time=False, verbose_name=_("Expires On"), **options)

    def render(self, value: dt.datetime | None, record: Any) -> Any:  # type: ignore[override]
        return super().render(self.last_day(value, record), record)

    def value(self, value: dt.datetime | None, record: Any) -> Any:  # type: ignore[override]
        return super().value(self.last_day(value, record), record)

    @staticmethod
    def last_day(value: dt.datetime | None, record: Any) -> dt.date | None:
        login = login_of(record)
        return day_of_end(value, login.time_zone) if login else None


class SizedColumn(TextColumn):
    """One line of text, in the width that people.css gives to its kind."""

    def __init__(self, *, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.cell_class = kind


class UserTypeColumn(SizedColumn):
    """The user types, with a mark for logins that are not people's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(kind="of-type", accessor="pk", verbose_name=_("User Type"), **options)

    def render(self, record: Any) -> SafeString:
        login = login_of(record)
        names = super().render(type_names(login))
        mark = login and ((login.is_service and SERVICE) or (login.is_sso and SINGLE_SIGN_ON))
        return format_html("{} {}", names, mark) if mark else names

    def value(self, record: Any) -> str:
        return super().value(type_names(login_of(record)))


class TokenRolesColumn(TextColumn):
    """The token roles held: "Personal, Admin"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="pk", verbose_name=_("Token roles"), **options)

    def render(self, record: Any) -> SafeString:
        return super().render(role_names(login_of(record)))

    def value(self, record: Any) -> str:
        return super().value(role_names(login_of(record)))


def login_of(record: Contact | Login) -> Login | None:
    """The login of a row: of a contact's row, the one that ``ContactQuerySet.with_logins`` joined to it."""
    if isinstance(record, Login):
        return record
    wanted: int | None = record.login_id  # type: ignore[attr-defined]  # an annotation
    return next((login for login in record.logins.all() if login.pk == wanted), None)


class EnabledColumn(StatusColumn):
    """Yes, or why not; the table knows who is blocked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(tag=lambda _record: None, verbose_name=_("Enabled"), **options)


class LoginsTable(GridTable):
    """What the grids of contacts and of logins share: who is blocked, asked once for all rows."""

    @cached_property
    def blocks(self) -> dict[int, dt.datetime]:
        return blocked_until(login for record in self.data if (login := login_of(record)))

    @cached_property
    def all_blocks(self) -> dict[int, dict[int, dt.datetime]]:
        """By organisation, for an export, whose rows are not there at once."""
        return {}

    def block_of(self, login: Login | None) -> dt.datetime | None:
        if login is None:
            return None
        if len(self.data):
            return self.blocks.get(login.pk)
        if login.organisation_id not in self.all_blocks:
            self.all_blocks[login.organisation_id] = blocked_logins(login.organisation)
        return self.all_blocks[login.organisation_id].get(login.pk)

    def render_enabled(self, record: Contact | Login) -> SafeString:
        login = login_of(record)
        until = self.block_of(login)
        tag = enabled_tag(login, until)
        if until is None or tag.tone != "red":
            return tag.__html__()
        note = _("until %(time)s") % {"time": date_format(timezone.localtime(until), "H:i")}
        return format_html('{} <span class="tag-note" title="{}">{}</span>', tag, note, note)

    def value_enabled(self, record: Contact | Login) -> str:
        login = login_of(record)
        return str(enabled_tag(login, self.block_of(login)).label)


class ContactTable(LoginsTable):
    """One row for each contact and login. Every order ends in the user name, so that a contact's rows keep theirs."""

    caption = _("Contacts and their logins")
    noun = ngettext_lazy("%(count)d contact", "%(count)d contacts", "count")
    default_sort = "name"
    default_hidden = ("last_login", "expires_at")

    name = LinkColumn(
        to=lambda contact: reverse("accounts:logins", args=[contact.public_id]),
        order_by=("first_name", "last_name", "user_name"),
        verbose_name=_("Name"),
    )
    email = SizedColumn(kind="of-mail", order_by=("email", "user_name"), verbose_name=_("E Mail"))
    user_name = SizedColumn(kind="of-login", verbose_name=_("User Name"))
    enabled = EnabledColumn(order_by=("enabled", "user_name"))
    user_type = UserTypeColumn(order_by=("user_type_name", "user_name"))
    department = SizedColumn(kind="of-place", accessor="pk", orderable=False, verbose_name=_("Department"))
    token_roles = TokenRolesColumn(order_by=("has_admin_role", "has_personal_role", "user_name"))
    last_login = DateTimeColumn(order_by=("last_login", "user_name"), on_phone=False, verbose_name=_("Last signed in"))
    expires_at = EndColumn(otherwise=never_of_login, order_by=("expires_at", "user_name"), on_phone=False)
    actions = ActionsColumn(
        to=lambda contact: reverse("accounts:contact_actions", args=[contact.public_id]),
        label=lambda contact: contact.name,
    )

    @cached_property
    def paths(self) -> dict[int, dict[int, str]]:
        """The paths of departments by organisation, read once for the whole table."""
        return {}

    def value_department(self, record: Contact) -> str:
        login = login_of(record)
        if record.organisation_id not in self.paths:
            self.paths[record.organisation_id] = Department.objects.paths(record.organisation_id)
        paths = self.paths[record.organisation_id]
        keys = dict.fromkeys(assignment.department_id for assignment in login.assignments.all()) if login else {}
        return ", ".join(paths[key] if key else str(_("Whole organisation")) for key in keys)

    def render_department(self, record: Contact) -> SafeString:
        return TextColumn().render(self.value_department(record))


class LoginTable(LoginsTable):
    """The logins of one contact, for those who may manage them."""

    caption = _("Logins")
    default_sort = "user_name"

    user_name = LinkColumn(to=edit_page, verbose_name=_("User Name"))
    enabled = EnabledColumn()
    expires_at = EndColumn(otherwise=never)
    created_at = DateTimeColumn(time=False, verbose_name=_("Start"))
    user_type = UserTypeColumn(orderable=False)
    token_roles = TokenRolesColumn(order_by=("has_admin_role", "has_personal_role"))
    language = TextColumn(verbose_name=_("Language"))
    last_login = DateTimeColumn(verbose_name=_("Last signed in"))
    actions = ActionsColumn(
        to=lambda login: reverse("accounts:login_actions", args=[login.public_id]),
        label=lambda login: login.user_name,
    )


class SeenLoginTable(LoginTable):
    """The same for those who may only look."""

    user_name = LinkColumn(to=nowhere, verbose_name=_("User Name"))
