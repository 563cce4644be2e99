"""Says whether the process runs (``/healthz``) and whether it can serve (``/readyz``)."""

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from accounts.access import public
from config import guards


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@public
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated, and the ledger is guarded; 503 says what is missing.

    A database that does not answer is a 503 like everywhere.
    """
    executor = MigrationExecutor(connection)
    pending = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    missing = guards.missing(connection, with_privileges=settings.DATABASE_OWNER is not None)
    is_ready = not pending and not missing
    body = {"status": "ok" if is_ready else "not ready", "pending_migrations": pending, "missing_guards": missing}
    return JsonResponse(body, status=200 if is_ready else 503)
