"""The answers of the grid pattern: a grid page, its partial update, its export, and one row's actions page."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from audit.grids.bulk import BulkAction
from audit.grids.choosing import ColumnChoice
from audit.grids.confirming import Confirmation, render_confirmation
from audit.grids.export import FORMATS, export_response
from audit.grids.filters import GridFilterSet
from audit.grids.grid import Grid
from audit.grids.heads import NOTHING_YET, EmptyState, PageHead
from audit.grids.menus import Menu
from audit.grids.paging import capped_count, newest_first, page_in_time
from audit.grids.selection import Selection
from audit.grids.sorting import PARAMETER, Sorting
from audit.grids.tables import GridTable


def render_grid(
    request: HttpRequest,
    *,
    table_class: type[GridTable],
    queryset: QuerySet[Any],
    head: PageHead,
    export_name: str,
    filterset_class: type[GridFilterSet] | None = None,
    empty: EmptyState | None = None,
    keyset: bool = False,
    exclude: Sequence[str] = (),
    bulk: Sequence[BulkAction] = (),
    key: str = "public_id",
    extra_context: dict[str, Any] | None = None,
    template_name: str = "grids/page.html",
) -> HttpResponseBase:
    """A grid of ``queryset``, which holds exactly what this person may see.

    ``keyset`` pages by key, newest first, without count or sorting (logs). ``exclude`` names columns to leave out.
    ``bulk`` are the deeds for selected rows, which are named by their field ``key``; without any there are no check
    boxes. A template of one's own extends ``grids/page.html``.
    """
    choice = ColumnChoice.of(request, table_class, grid=export_name, exclude=exclude)
    filterset = filterset_class(request.GET, queryset=queryset, request=request) if filterset_class else None
    plan = table_class(exclude=choice.excluded, orderable=not keyset)
    rows, order = filterset.qs if filterset else queryset, request.GET.get(PARAMETER, "")
    if bulk and asks_for_selection(request):
        selection = Selection.of(request, queryset=queryset, filterset_class=filterset_class, key=key)
        if other := instead_of_selected(request, selection, plan):
            return other
        rows, order = selection.rows, order or selection.parameters.get(PARAMETER, "")
    sorting = None if keyset else Sorting.of(plan, order)
    rows = sorting.apply(plan, rows) if sorting else newest_first(rows)
    if (wanted := request.GET.get("export")) in FORMATS:
        return export_response(plan, rows, wanted=wanted, name=export_name)
    page = page_in_time(rows, request.GET, keyset=keyset)
    grid = Grid(
        table=table_class(page.rows, exclude=choice.excluded, orderable=not keyset), page=page, choice=choice, key=key,
        filterset=filterset, sorting=sorting, parameters=request.GET, empty=empty or NOTHING_YET, bulk=tuple(bulk),
    )  # fmt: skip
    if grid.is_filtered and not keyset:
        grid.total = capped_count(queryset)
    return answer(request, grid, head, template_name, extra_context or {})


def instead_of_selected(request: HttpRequest, selection: Selection, plan: GridTable) -> HttpResponse | None:
    """What a selection is answered with that is no export of its rows: the fact about them, or why there is none."""
    if "fact" in request.GET:
        return HttpResponse(str(plan.selection_fact(selection.rows)), content_type="text/plain; charset=utf-8")
    return render_confirmation(export_of(request, selection)) if selection.export_refusal else None


def answer(
    request: HttpRequest, grid: Grid, head: PageHead, template_name: str, extra_context: dict[str, Any]
) -> HttpResponse:
    """The page, or the grid alone when script asks for it."""
    template = "grids/grid.html" if asked_by_script(request) else template_name
    response = render(request, template, {"head": head, "grid": grid, **extra_context})
    patch_vary_headers(response, ["HX-Request"])
    return response


def asks_for_selection(request: HttpRequest) -> bool:
    """An export of the selected rows, or the fact about them; a page is never narrowed to a selection."""
    of_rows = "export" in request.GET or "fact" in request.GET
    return of_rows and ("selected" in request.GET or "every" in request.GET)


def export_of(request: HttpRequest, selection: Selection) -> Confirmation:
    """What a selection that cannot be exported is answered with: why, and the way back."""
    return Confirmation(request=request, selection=selection, title=_("Export"), deed="", back_url=request.path)


def render_actions_page(request: HttpRequest, *, menu: Menu, back_url: str) -> HttpResponse:
    """The actions of one row: a page of its own, or the menu alone when script asks for it."""
    template = "grids/menu.html" if asked_by_script(request) else "grids/actions_page.html"
    response = render(request, template, {"menu": menu, "back_url": back_url})
    patch_vary_headers(response, ["HX-Request"])
    return response


def asked_by_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
