"""What reports there are and what can be asked of them, in the published shapes (docs/compatibility.md)."""

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Organisation
from tokens.api.conditional import conditional
from tokens.api.credentials import REPORT_SCHEMES
from tokens.api.reading import admitted_of, reader_of, refusals_as_problems
from tokens.api.views_base import ApiView
from tokens.reports.parameters import Parameter
from tokens.reports.reader import Reader
from tokens.reports.registry import names_of, report_named, reports_for
from tokens.scopes import Scope


def report_names(organisation_id: int) -> list[dict[str, Any]]:
    """Every name that ``/api/data/<name>`` takes. Reports known by two names stand there twice, as published."""
    found = reports_for(organisation_id).values()
    return [{"report_Id": report.id, "name": name} for report in found for name in names_of(report)]


class Meta(ApiView):
    """The organisation and the reports' names: the call to test a connection with."""

    required_scope = Scope.META
    schemes = REPORT_SCHEMES

    def get(self, request: Request) -> HttpResponse:
        organisation = Organisation.objects.get(pk=admitted_of(request).organisation_id)
        associate = {"associate_Id": organisation.pk, "name": organisation.name}
        return document(request, {"associates": [associate], "reports": report_names(organisation.pk)})


class MetaReports(ApiView):
    """The reports' names alone."""

    required_scope = Scope.META
    schemes = REPORT_SCHEMES

    def get(self, request: Request) -> HttpResponse:
        return document(request, report_names(admitted_of(request).organisation_id))


class MetaReport(ApiView):
    """One report's parameters, with their defaults and the values that this reader can choose from."""

    required_scope = Scope.META
    schemes = REPORT_SCHEMES

    def get(self, request: Request, name: str) -> HttpResponse:
        reader = reader_of(request)
        with refusals_as_problems():
            report = report_named(name, reader.organisation_id)
        parameters = [described(parameter, reader) for parameter in report.parameters]
        return document(request, [{"associateId": reader.organisation_id, "params": parameters}])


def document(request: Request, content: Any) -> HttpResponse:
    """Asked for at each refresh and seldom changed, so a tool that kept it is told so; the call is recorded as any."""
    return conditional(request, orjson.dumps(content), content_type="application/json", shared=False)


def described(parameter: Parameter, reader: Reader) -> dict[str, Any]:
    values = [{"name": value.name, "value": value.value} for value in parameter.available(reader)]
    return {"name": parameter.name, "defaultValue": parameter.default, "availableValues": values}
