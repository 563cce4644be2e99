"""The grid of mobile sessions."""

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from audit.grids.tables import ActionsColumn, DateTimeColumn, TextColumn
from tokens.models import MobileSession
from tokens.tables.columns import DialogColumn, PlacesTable


class MobileSessionTable(PlacesTable):
    """Administrator > Tokens, Mobile Users Logged In."""

    caption = _("Mobile users logged in")
    default_sort = "-last_active_at"
    noun = ngettext_lazy("%(count)d mobile user", "%(count)d mobile users", "count")

    user = DialogColumn(
        accessor="login__label",
        order_by=("login__contact__first_name", "login__contact__last_name", "login__user_name"),
        to=lambda session: reverse("tokens:mobile_user", args=[session.public_id]),
        verbose_name=_("User"),
    )
    department = TextColumn(accessor="pk", orderable=False, verbose_name=_("Department"))
    user_type = TextColumn(accessor="pk", orderable=False, verbose_name=_("User Type"))
    device = TextColumn(verbose_name=_("Device"))
    last_active_at = DateTimeColumn(verbose_name=_("Last Active"))
    expires_at = DateTimeColumn(time=False, verbose_name=_("Expiry Date"))
    actions = ActionsColumn(
        to=lambda session: reverse("tokens:mobile_user_actions", args=[session.public_id]),
        label=lambda session: session.login.label,
    )

    def render_department(self, record: MobileSession) -> SafeString:
        return TextColumn().render(self.value_department(record))

    def render_user_type(self, record: MobileSession) -> SafeString:
        return TextColumn().render(self.value_user_type(record))

    def value_department(self, record: MobileSession) -> str:
        words = self.words(record.login.organisation_id)
        return ", ".join(words.place_text(pair) for pair in record.pairs)

    def value_user_type(self, record: MobileSession) -> str:
        words = self.words(record.login.organisation_id)
        return ", ".join(words.type_text(pair) for pair in record.pairs)
