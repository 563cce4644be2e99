"""The forms of departments and user types: they clean what was typed; the rules are asked by the actions."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import departments, user_types
from accounts.exceptions import Refused, message
from accounts.forms.versions import VersionedForm
from accounts.models import Department, Login, Organisation, UserType
from accounts.permission_words import CHOOSABLE, GROUPS, SENTENCES
from accounts.permissions import ADMINISTRATOR_ONLY, Permission
from accounts.reach import Ground
from accounts.rules.places import NAME_LENGTH, against_including
from accounts.versions import version_of


def place_choices(organisation: Organisation, *, without: frozenset[int] = frozenset()) -> list[tuple[str, str]]:
    """The top and every department by its path, for "Part of"."""
    paths = Department.objects.paths(organisation.pk)
    ids = Department.objects.filter(organisation=organisation).exclude(pk__in=without).values_list("pk", "public_id")
    places = sorted(((public_id, paths[key]) for key, public_id in ids), key=lambda choice: choice[1].casefold())
    return [("", _("%(organisation)s (top level)") % {"organisation": organisation.name}), *places]


class PlaceField(forms.ChoiceField):
    """ "Part of": a department, or the top."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=gettext_lazy("Part of"), required=False, **options)


class DepartmentForm(forms.Form):
    """A new department and where it belongs."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    parent = PlaceField()

    def __init__(self, data: QueryDict | None, *, organisation: Organisation, parent: str = "") -> None:
        super().__init__(data, initial={"parent": parent})
        self.fields["parent"].choices = place_choices(organisation)  # type: ignore[attr-defined]
        self.organisation = organisation

    @property
    def place(self) -> Department | None:
        return chosen_place(self, self.organisation)

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal of the action at the field that it is about."""
        self.add_error("name" if refusal.code.startswith("name") else "parent", refusal.message)


class RenameForm(VersionedForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)

    def __init__(self, data: QueryDict | None, *, department: Department) -> None:
        version = version_of(departments.state_of(department))
        super().__init__(data, initial={"name": department.name}, version=version)

    def refuse(self, refusal: Refused) -> None:
        self.add_error("name", refusal.message)


class MoveForm(VersionedForm):
    """Where a department goes: anywhere but below itself."""

    parent = PlaceField()

    def __init__(self, data: QueryDict | None, *, department: Department) -> None:
        now = department.parent.public_id if department.parent else ""
        super().__init__(data, initial={"parent": now}, version=version_of(departments.state_of(department)))
        self.organisation = department.organisation
        below = Ground.of(self.organisation.pk).below(department.pk)
        self.fields["parent"].choices = place_choices(self.organisation, without=below)  # type: ignore[attr-defined]

    @property
    def place(self) -> Department | None:
        return chosen_place(self, self.organisation)

    def refuse(self, refusal: Refused) -> None:
        self.add_error("parent", refusal.message)


def chosen_place(form: forms.Form, organisation: Organisation) -> Department | None:
    public_id = form.cleaned_data["parent"]
    return Department.objects.get(organisation=organisation, public_id=public_id) if public_id else None


class UserTypeForm(VersionedForm):
    """Name and permissions of a user type. ``giver`` is who gives them; ``source`` is the one to copy."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"),
        choices=[(permission.value, permission.label) for permission in CHOOSABLE],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(
        self, data: QueryDict | None, *, giver: Login, user_type: UserType | None = None, source: UserType | None = None
    ) -> None:
        self.giver, self.user_type, self.source = giver, user_type, source
        version = version_of(user_types.state_of(user_type)) if user_type else ""
        super().__init__(data, initial=self._initial(), version=version)

    def _initial(self) -> dict[str, Any]:
        if self.user_type:
            return {"name": self.user_type.name, "permissions": self.user_type.permissions}
        if self.source:
            given = [name for name in self.source.permissions if not self.reason_against(Permission(name))]
            return {"name": _("Copy of %(name)s") % {"name": self.source.label}, "permissions": given}
        return {"permissions": [Permission.REPORT_READ.value]}

    @property
    def settings(self) -> dict[str, Any]:
        """The cleaned values by the names that the actions use."""
        return {"name": self.cleaned_data["name"], "permissions": self.cleaned_data["permissions"]}

    @property
    def held(self) -> frozenset[str]:
        return frozenset(self.user_type.permissions) if self.user_type else frozenset()

    def reason_against(self, permission: Permission) -> str:
        """Why this person cannot include it; empty when they can."""
        return message(against_including(permission, self.giver, held=permission.value in self.held))

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The check boxes in groups, each with its sentence and, when it cannot be chosen, the reason."""
        boxes = {box.data["value"]: box for box in self["permissions"]}
        return [
            {
                "title": title,
                "lines": [
                    {
                        "permission": permission,
                        "sentence": SENTENCES[permission],
                        "box": boxes.get(permission.value),
                        "reason": self.reason_against(permission),
                    }
                    for permission in permissions
                ],
            }
            for title, permissions in GROUPS
        ]

    @property
    def left_out(self) -> list[str]:
        """What a copy cannot take over."""
        held = self.source.permissions if self.source else []
        return [str(Permission(name).label) for name in held if Permission(name) in ADMINISTRATOR_ONLY]

    def refuse(self, refusal: Refused) -> None:
        self.add_error("permissions" if refusal.code == "permissions" else "name", refusal.message)
