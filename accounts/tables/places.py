"""The grids of user types and of the logins that have one."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Department, Login, UserType
from accounts.permission_words import labels
from accounts.tables.people import enabled_tag, role_names
from audit.grids.tables import ActionsColumn, GridTable, LinkColumn, NumberColumn, StatusColumn, TextColumn
from audit.grids.tags import Tag

BUILT_IN = Tag(_("Built-in"), "outline")


class UserTypeNameColumn(LinkColumn):
    """The name, with a mark for those that are fixed."""

    def render(self, value: Any, record: UserType) -> SafeString:  # type: ignore[override]
        name = super().render(value, record)
        return format_html("{} {}", name, BUILT_IN) if record.built_in else name


class UserTypeTable(GridTable):
    caption = _("User types")
    default_sort = "name"
    noun = ngettext_lazy("%(count)d user type", "%(count)d user types", "count")

    name = UserTypeNameColumn(
        accessor="label",
        order_by=("name",),
        to=lambda user_type: reverse("accounts:user_type", args=[user_type.slug]),
        wide=False,
        verbose_name=_("Name"),
    )
    role_id = TextColumn(mono=True, order_by=("slug",), verbose_name=_("Role Id"))
    permissions = TextColumn(wide=True, orderable=False, on_phone=False, verbose_name=_("Permissions"))
    logins = NumberColumn(verbose_name=_("Logins"))
    actions = ActionsColumn(
        to=lambda user_type: reverse("accounts:user_type_actions", args=[user_type.slug]),
        label=lambda user_type: user_type.label,
    )

    def render_permissions(self, record: UserType) -> SafeString:
        return TextColumn().render(labels(record.granted))

    def value_permissions(self, record: UserType) -> str:
        return ", ".join(labels(record.granted))


class HolderTable(GridTable):
    """The logins that have one user type, and in which departments."""

    caption = _("Logins with this user type")
    default_sort = "name"
    noun = ngettext_lazy("%(count)d login", "%(count)d logins", "count")

    name = LinkColumn(
        to=lambda login: reverse("accounts:logins", args=[login.contact.public_id]),
        accessor="label",
        order_by=("contact__first_name", "contact__last_name", "user_name"),
        verbose_name=_("Name"),
    )
    user_name = TextColumn(verbose_name=_("User Name"))
    department = TextColumn(accessor="pk", orderable=False, verbose_name=_("Department"))
    enabled = StatusColumn(tag=enabled_tag, order_by=("enabled", "user_name"), verbose_name=_("Enabled"))
    token_roles = TextColumn(
        accessor="pk", order_by=("has_admin_role", "has_personal_role", "user_name"), verbose_name=_("Token roles")
    )
    actions = ActionsColumn(
        to=lambda login: reverse("accounts:login_actions", args=[login.public_id]), label=lambda login: login.user_name
    )

    @cached_property
    def paths(self) -> dict[int, dict[int, str]]:
        """The paths of departments by organisation, read once for the whole table."""
        return {}

    def value_department(self, record: Login) -> str:
        if record.organisation_id not in self.paths:
            self.paths[record.organisation_id] = Department.objects.paths(record.organisation_id)
        paths = self.paths[record.organisation_id]
        keys = dict.fromkeys(assignment.department_id for assignment in record.held_assignments)  # type: ignore[attr-defined]  # prefetched
        return ", ".join(paths[key] if key else str(_("Whole organisation")) for key in keys)

    def render_department(self, record: Login) -> SafeString:
        return TextColumn().render(self.value_department(record))

    def value_token_roles(self, record: Login) -> str:
        return ", ".join(role_names(record))

    def render_token_roles(self, record: Login) -> SafeString:
        return TextColumn().render(role_names(record))
