"""The grids of contacts and of a contact's logins."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Department, Login
from accounts.roles import SHORT_NAMES, TokenRole
from audit.grids.tables import ActionsColumn, DateTimeColumn, GridTable, LinkColumn, StatusColumn, TextColumn
from audit.grids.tags import Tag, yes
from audit.grids.words import Text

SERVICE = Tag(_("service"), "outline")
SINGLE_SIGN_ON = Tag(_("SSO"), "outline")


def enabled_tag(login: Login | None) -> Tag:
    if login is None:
        return Tag(_("No login"), "plain")
    if not login.enabled:
        return Tag(_("Disabled"), "grey", "ban")
    return Tag(_("Expired"), "amber", "clock") if login.is_expired else yes(_("Yes"))


def type_names(login: Login | None) -> list[str]:
    """The user types of a login, each once, in the order of its assignments."""
    assignments = sorted(login.assignments.all(), key=lambda assignment: assignment.pk) if login else []
    return list(dict.fromkeys(assignment.user_type.name for assignment in assignments))


def role_names(login: Login | None) -> list[str]:
    if login is None:
        return []
    held = {TokenRole.PERSONAL: login.has_personal_role, TokenRole.ADMIN: login.has_admin_role}
    return [str(SHORT_NAMES[role]) for role, holds in held.items() if holds]


def nowhere(login: Login) -> None:
    """A login has no page of its own."""


def never(login: Login) -> Text:
    return _("Never")


class UserTypeColumn(TextColumn):
    """The user types, with a mark for logins that are not people's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="pk", verbose_name=_("User Type"), **options)

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


class ContactTable(GridTable):
    """One row for each contact and login. Every order ends in the user name, so that a contact's rows keep theirs."""

    caption = _("Contacts and their logins")
    default_sort = "name"

    name = LinkColumn(
        to=lambda contact: reverse("accounts:logins", args=[contact.public_id]),
        order_by=("first_name", "last_name", "user_name"),
        verbose_name=_("Name"),
    )
    email = TextColumn(order_by=("email", "user_name"), verbose_name=_("E Mail"))
    user_name = TextColumn(verbose_name=_("User Name"))
    enabled = StatusColumn(
        tag=lambda contact: enabled_tag(login_of(contact)),
        order_by=("enabled", "user_name"),
        verbose_name=_("Enabled"),
    )
    user_type = UserTypeColumn(order_by=("user_type_name", "user_name"))
    department = TextColumn(accessor="pk", orderable=False, verbose_name=_("Department"))
    token_roles = TokenRolesColumn(order_by=("has_admin_role", "has_personal_role", "user_name"))
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


class LoginTable(GridTable):
    """The logins of one contact."""

    caption = _("Logins")
    default_sort = "user_name"

    user_name = LinkColumn(to=nowhere, verbose_name=_("User Name"))
    enabled = StatusColumn(tag=enabled_tag, verbose_name=_("Enabled"))
    expires_at = DateTimeColumn(time=False, otherwise=never, verbose_name=_("Expires On"))
    created_at = DateTimeColumn(time=False, verbose_name=_("Start"))
    user_type = UserTypeColumn(orderable=False)
    token_roles = TokenRolesColumn(order_by=("has_admin_role", "has_personal_role"))
    language = TextColumn(verbose_name=_("Language"))
    last_login = DateTimeColumn(verbose_name=_("Last signed in"))
    actions = ActionsColumn(
        to=lambda login: reverse("accounts:login_actions", args=[login.public_id]),
        label=lambda login: login.user_name,
    )
