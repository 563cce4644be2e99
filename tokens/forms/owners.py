"""The forms by which administrators make a token for a login: whose it is, and what it gets."""

from typing import Any

from django import forms
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import message
from accounts.models import Assignment, Login
from tokens.expiry import Expiry
from tokens.forms.tokens import OFFERED, TokenForm
from tokens.reach import PairWords
from tokens.rules import against_holding

OFFERED_LOGINS = 12
LONGEST_SEARCH = 200


class OwnerForm(forms.Form):
    """The login that a new token is for, found by name, user name or mail address."""

    q = forms.CharField(
        label=gettext_lazy("Select User"),
        required=False,
        max_length=LONGEST_SEARCH,
        help_text=gettext_lazy("A name, a user name or a mail address. Choose Find, then the user."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    owner = forms.CharField(required=False, max_length=32)

    def __init__(self, data: QueryDict | None, *, organisation_id: int) -> None:
        super().__init__(data)
        logins = Login.objects.of_organisation(organisation_id)
        self.logins: QuerySet[Login] = logins.select_related("contact", "organisation")

    @property
    def text(self) -> str:
        """What was typed, as a database takes it: no name holds NUL."""
        return str(self["q"].value() or "").replace("\x00", "").strip()[:LONGEST_SEARCH]

    @property
    def offered(self) -> list[dict[str, Any]]:
        """The logins that the text finds, those that may hold tokens first, each with why it may not."""
        types = Prefetch("assignments", Assignment.objects.select_related("user_type", "department").order_by("id"))
        order = ("-has_personal_role", "contact__first_name", "contact__last_name", "pk")
        found = list(self.found().prefetch_related(types).order_by(*order)[: OFFERED_LOGINS + 1])
        for login in found:
            login.assignments_now = list(login.assignments.all())
        return [{"login": login, "reason": message(against_holding(login))} for login in found]

    def found(self) -> QuerySet[Login]:
        if not self.text:
            return self.logins
        named = self.logins.alias(full_name=Concat("contact__first_name", Value(" "), "contact__last_name"))
        text = self.text
        return named.filter(Q(full_name__icontains=text) | Q(user_name__icontains=text) | Q(email__icontains=text))

    def chosen(self) -> Login | None:
        """The login that was chosen, or whose user name was typed in full."""
        if key := self.data.get("owner", "").replace("\x00", ""):
            return self.logins.filter(public_id=key).first()
        return self.logins.filter(user_name__iexact=self.text).first() if self.text else None


class TokenForOwnerForm(TokenForm):
    """As people make their own, but it ends one day and reaches only pairs that are chosen."""

    def __init__(self, data: QueryDict | None, *, owner: Login, address: str = "") -> None:
        super().__init__(data, owner=owner, address=address)
        self.choices_of("expires_on", [choice for choice in OFFERED if choice[0] != Expiry.NEVER])
        self.fields["expires_on"].label = _("Expiry Date")
        pairs = self.fields["pairs"]
        pairs.label, pairs.required = _("Department & User Type"), True
        pairs.error_messages["required"] = _("Choose at least one.")
        words = PairWords.of(owner.organisation_id)
        texts = sorted((words.text(pair), pair.encoded()) for pair in owner.pairs)
        self.choices_of("pairs", [(encoded, text) for text, encoded in texts])
        if len(self.labels) == 1:
            pairs.initial = [pair.encoded() for pair in self.labels]
