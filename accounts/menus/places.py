"""The Actions menus of departments and user types. What cannot be done now stays, grey, with its reason."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.exceptions import message
from accounts.models import Department, Login, UserType
from accounts.permissions import Permission
from accounts.rules.places import against_changing_user_type, against_deleting_department, against_deleting_user_type
from audit.grids.menus import Entry, Menu


def department_menu(department: Department, viewer: Login) -> Menu:
    def address(deed: str) -> str:
        return reverse(f"accounts:{deed}_department", args=[department.public_id])

    create = f"{reverse('accounts:create_department')}?parent={department.public_id}"
    people = f"{reverse('accounts:contacts')}?department={department.public_id}"
    see = [Entry(_("Contacts & Logins"), people, "users")] if viewer.holds(Permission.CONTACT_VIEW) else []
    return Menu(
        department.name,
        [
            see,
            [
                Entry(_("Create Department below"), create, "plus", method="dialog"),
                Entry(_("Rename Department"), address("rename"), "pencil", method="dialog"),
                Entry(_("Move Department"), address("move"), "move", method="dialog"),
            ],
            [
                Entry(
                    _("Delete Department…"),
                    address("delete"),
                    "trash-2",
                    danger=True,
                    method="dialog",
                    reason=message(against_deleting_department(department)),
                )
            ],
        ],
    )


def user_type_menu(user_type: UserType) -> Menu:
    def address(deed: str) -> str:
        return reverse(f"accounts:{deed}_user_type", args=[user_type.slug])

    fixed = _("Built-in: fixed") if against_changing_user_type(user_type) else ""
    copy = f"{reverse('accounts:create_user_type')}?copy={user_type.slug}"
    return Menu(
        user_type.label,
        [
            [Entry(_("Who has it"), reverse("accounts:user_type", args=[user_type.slug]), "users")],
            [
                Entry(_("Edit User Type"), address("edit"), "pencil", method="dialog", reason=fixed),
                Entry(_("Copy User Type"), copy, "copy", method="dialog"),
            ],
            [
                Entry(
                    _("Delete User Type…"),
                    address("delete"),
                    "trash-2",
                    danger=True,
                    method="dialog",
                    reason=message(against_deleting_user_type(user_type)),
                )
            ],
        ],
    )
