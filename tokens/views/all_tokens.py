"""Administrator > Tokens: every API token of the organisation, and revoking many at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import confirmed_lately, needs_admin_role, viewer_of
from accounts.actor import actor_of
from accounts.models import Login
from audit.grids.bulk import BulkAction
from audit.grids.confirming import BulkNote, Confirmation, render_confirmation
from audit.grids.export import FORMATS
from audit.grids.filters import GridFilterSet
from audit.grids.heads import EmptyState, HeadAction, PageHead, Step, Tab
from audit.grids.moments import number_text
from audit.grids.paging import capped_count, count_text
from audit.grids.selection import Selection
from audit.grids.views import render_grid
from tokens import actions
from tokens.filters import Kinds, OrganisationTokenFilters, of_kind
from tokens.forms.tokens import WhyForm
from tokens.models import AccessToken, MobileSession
from tokens.querysets import AccessTokenQuerySet
from tokens.rules import in_use_since
from tokens.tables import OrganisationTokenTable

NAMED_IN_USE = 5


@needs_admin_role
@require_safe
def all_tokens(request: HttpRequest) -> HttpResponseBase:
    viewer = viewer_of(request)
    note_export(request, "tokens")
    return render_grid(
        request,
        table_class=OrganisationTokenTable,
        filterset_class=OrganisationTokenFilters,
        queryset=tokens_of(viewer, request.GET),
        head=PageHead(
            title=_("Tokens"),
            sentence=_("Every token of %(organisation)s. Give each only what its tool needs.")
            % {"organisation": viewer.organisation.name},
            actions=(
                HeadAction(label=_("All Token Logs"), href=reverse("tokens:all_logs"), kind="link"),
                create_action(),
            ),
            tabs=tabs(viewer, current="tokens:all"),
        ),
        empty=empty_state(),
        export_name="tokens",
        bulk=(
            BulkAction(_("Shorten Expiry…"), reverse("tokens:shorten_selected"), "calendar-clock"),
            BulkAction(_("Revoke…"), reverse("tokens:revoke_selected"), "ban", danger=True),
        ),
    )


def tokens_of(viewer: Login, parameters: QueryDict) -> AccessTokenQuerySet:
    """The tokens of the viewer's organisation that are not revoked, of the kind that the address asks for."""
    tokens = AccessToken.objects.of_organisation(viewer.organisation_id).filter(revoked_at=None)
    kind = Kinds.ALL.value if parameters.get("system") else parameters.get("kind", "")
    return of_kind(tokens, kind).for_grid()


def tabs(viewer: Login, *, current: str) -> tuple[Tab, ...]:
    """The two lists of Administrator > Tokens, each with its count."""
    organisation_id = viewer.organisation_id
    lists = (
        ("tokens:all", _("API Tokens"), AccessToken.objects.of_organisation(organisation_id).listed()),
        (
            "tokens:mobile_users",
            _("Mobile Users Logged In"),
            MobileSession.objects.of_organisation(organisation_id).open(),
        ),
    )
    return tuple(
        Tab(label, reverse(name), name == current, count_text(capped_count(rows))) for name, label, rows in lists
    )


def create_action() -> HeadAction:
    return HeadAction(
        label=_("Create API Token"), href=reverse("tokens:create_any"), icon="plus", kind="primary", dialog=True
    )


def empty_state() -> EmptyState:
    return EmptyState(
        title=_("No token yet"),
        sentence=_("Nobody of the organisation has an access token. Make one for each tool or script."),
        actions=(create_action(),),
        steps=(
            Step(
                title=_("Personal role"), sentence=_("In Contacts & Logins give it to a login, best a service login.")
            ),
            Step(title=_("Create API Token"), sentence=_("Choose the user, an expiry date and what it may reach.")),
            Step(title=_("Generate Token"), sentence=_("The JWT is shown once. Copy it all.")),
            Step(title=_("Save"), sentence=_("It works from that moment. The owner gets a mail.")),
        ),
    )


def note_export(request: HttpRequest, what: str) -> None:
    """A file that is about to go out is on record first."""
    wanted = request.GET.get("export", "")
    if wanted not in FORMATS:
        return
    filters = {name: str(value) for name, value in request.GET.items() if name != "export"}
    organisation = viewer_of(request).organisation
    actions.note_organisation_export(
        organisation=organisation, what=what, wanted=wanted, filters=filters, by=actor_of(request)
    )


@needs_admin_role
@confirmed_lately
@require_POST
def revoke_selected(request: HttpRequest) -> HttpResponse:
    return revoke_rows(request, OrganisationTokenFilters, reverse("tokens:all"))


def revoke_rows(request: HttpRequest, filterset_class: type[GridFilterSet], back_url: str) -> HttpResponse:
    """The bulk deed of either grid of the organisation's tokens."""
    selection = selection_of(request, filterset_class)
    form = WhyForm(request.POST if request.POST.get("confirmed") else None)
    confirmation = confirmation_of(request, selection, form, back_url)
    if not confirmation.is_given or not form.is_valid():
        return render_confirmation(confirmation)
    count = actions.revoke_all(tokens=selection.rows, why=form.cleaned_data["why"], by=actor_of(request))
    messages.success(request, revoked_sentence(count))
    return HttpResponseRedirect(back_url, status=303)


def selection_of(request: HttpRequest, filterset_class: type[GridFilterSet]) -> Selection:
    """The chosen tokens of either grid, of the kind that its address asked for."""
    filtered = QueryDict(request.POST.get("filter", "").removeprefix("?"))
    rows = tokens_of(viewer_of(request), filtered)
    return Selection.of(request, queryset=rows, filterset_class=filterset_class)


def confirmation_of(request: HttpRequest, selection: Selection, form: WhyForm, back_url: str) -> Confirmation:
    count = selection.count
    return Confirmation(
        request=request,
        selection=selection,
        title=ngettext("Revoke %(count)s token", "Revoke %(count)s tokens", count) % {"count": number_text(count)},
        small=_("Tokens"),
        deed=_("Revoke"),
        back_url=back_url,
        sentence=_(
            "From the next request on every call with them is refused. A revoked token cannot be brought back; its log "
            "stays."
        ),
        notes=(in_use_note(selection),),
        name=lambda token: f"{token.name} · {token.owner.label}",
        typed=str(count) if count > 1 else "",
        danger=True,
        form=form,
    )


def in_use_note(selection: Selection) -> BulkNote:
    """What stops by it: those in use by name, because somebody will miss them."""
    used = selection.rows.filter(last_used_at__gt=in_use_since()).order_by("-last_used_at")
    count = used.count()
    if not count:
        return BulkNote(text=_("None of them was used in the last 30 days."), kind="info")
    names = ", ".join(token.name for token in used[:NAMED_IN_USE])
    if count > NAMED_IN_USE:
        return BulkNote(
            text=ngettext(
                "In use within the last 30 days: %(names)s and %(more)s more. Whatever uses them stops working.",
                "In use within the last 30 days: %(names)s and %(more)s more. Whatever uses them stops working.",
                count - NAMED_IN_USE,
            )
            % {"names": names, "more": number_text(count - NAMED_IN_USE)}
        )
    return BulkNote(
        text=ngettext(
            "In use within the last 30 days: %(names)s. Whatever uses it stops working.",
            "In use within the last 30 days: %(names)s. Whatever uses them stops working.",
            count,
        )
        % {"names": names}
    )


def revoked_sentence(count: int) -> str:
    return ngettext(
        "%(count)s token is revoked. Every call with it is refused from now on.",
        "%(count)s tokens are revoked. Every call with them is refused from now on.",
        count,
    ) % {"count": number_text(count)}
