"""A page of the grid pattern for its tests: contacts, of which some are selected and renamed."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import include, path, reverse
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import signed_in, viewer_of
from accounts.models import Contact
from audit.grids.bulk import BulkAction
from audit.grids.confirming import BulkNote, Confirmation, render_confirmation
from audit.grids.filters import DayRangeFilter, GridFilterSet, SearchFilter, TextFilter
from audit.grids.heads import HeadAction, PageHead, Tab
from audit.grids.menus import Entry, Menu
from audit.grids.selection import Selection
from audit.grids.tables import ActionsColumn, DateTimeColumn, GridTable, LinkColumn, TextColumn
from audit.grids.views import render_actions_page, render_grid


class PeopleTable(GridTable):
    default_sort = "last_name"
    noun = ngettext_lazy("%(count)d person", "%(count)d people", "count")

    last_name = LinkColumn(to=lambda contact: f"/lab/{contact.public_id}", verbose_name="Name")
    email = TextColumn(verbose_name="E Mail")
    phone = TextColumn(verbose_name="Phone")
    created_at = DateTimeColumn(verbose_name="Created On")
    actions = ActionsColumn(to=lambda contact: f"/lab/{contact.public_id}/actions", label=lambda c: c.last_name)

    def selection_fact(self, rows: QuerySet[Contact]) -> str:
        return "" if rows.exclude(email="").exists() else "none of them has a mail address"


class PeopleFilters(GridFilterSet):
    q = SearchFilter(fields=["last_name", "email"], label="Search name, mail")
    last_name = TextFilter(label="Name")
    email = TextFilter(label="E Mail")
    created_at = DayRangeFilter(label="Created On")


def people_of(request: HttpRequest) -> QuerySet[Contact]:
    return Contact.objects.filter(organisation=viewer_of(request).organisation)


@signed_in
@require_safe
def lab(request: HttpRequest) -> HttpResponseBase:
    return render_grid(
        request,
        table_class=PeopleTable,
        filterset_class=PeopleFilters,
        queryset=people_of(request),
        head=PageHead(
            title="People",
            sentence="A page for tests.",
            actions=(HeadAction(label="Create", href="/lab", icon="plus", kind="primary"),),
            tabs=(Tab("People", "/lab", current=True, count_text="60"), Tab("Others", "/lab?q=other", count_text="14")),
        ),
        export_name="people",
        bulk=(
            BulkAction("Rename…", reverse("rename"), "pencil"),
            BulkAction("Forget…", reverse("rename"), "trash-2", danger=True),
            BulkAction("Tell them by mail at once", reverse("rename"), "mail"),
            BulkAction("Give them another department", reverse("rename"), "network"),
        ),
    )


@signed_in
@require_safe
def person(request: HttpRequest, public_id: str) -> HttpResponseBase:
    return render_grid(
        request,
        table_class=PeopleTable,
        queryset=people_of(request).filter(public_id=public_id),
        head=PageHead(title=f"Person {public_id}"),
        export_name="person",
    )


@signed_in
@require_safe
def person_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    return render_actions_page(request, menu=Menu("One", [[Entry("Look", "/lab", "eye")]]), back_url="/lab")


@signed_in
@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    selection = Selection.of(request, queryset=people_of(request), filterset_class=PeopleFilters)
    confirmation = Confirmation(
        request=request,
        selection=selection,
        title="Rename people",
        deed="Rename",
        danger=True,
        small="Demo Organisation",
        sentence="Each of them is called Renamed afterwards.",
        notes=(BulkNote("Nobody is told."),),
        noun=PeopleTable.noun,
        name=lambda contact: contact.last_name,
        typed=str(selection.count) if selection.count > 5 else "",
        back_url=reverse("lab"),
    )
    if not confirmation.is_given:
        return render_confirmation(confirmation)
    done = selection.rows.update(last_name="Renamed")
    messages.success(request, f"{done} renamed.")
    return HttpResponseRedirect(confirmation.back, status=303)


urlpatterns = [
    path("lab", lab, name="lab"),
    path("lab/rename", rename, name="rename"),
    path("lab/<str:public_id>", person),
    path("lab/<str:public_id>/actions", person_actions),
    path("", include("config.urls")),
]
handler404 = "config.errors.not_found"
