"""Says whether the process runs (``/healthz``) and whether it can serve (``/readyz``)."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.access import public


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated; a database that does not answer is a 503 like everywhere."""
    executor = MigrationExecutor(connection)
    pending = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    body = {"status": "waiting for migrations" if pending else "ok", "pending": pending}
    return JsonResponse(body, status=503 if pending else 200)
