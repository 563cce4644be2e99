"""Says whether the process runs (``/healthz``) and whether it can serve (``/readyz``)."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import public
from config import guards, vitals
from config.insiders import may_see_inside
from config.worker.jobs import JOBS

LATE_SECONDS = 60.0
"""A lane of the worker that went round, and entries that were written, longer ago than this are warned of."""
LONG = {"verification"}
"""Jobs that may be at it for as long as they like: each has a lane of its own."""


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated, and the ledger is guarded; else 503. A database that is away is a
    503 like everywhere.

    Requests do not need the worker, so what is wrong with it is a warning and no reason to send them elsewhere. What
    is missing, and the warnings, are told to insiders alone.
    """
    executor = MigrationExecutor(connection)
    pending = [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    missing = guards.missing(connection, with_privileges=settings.DATABASE_OWNER is not None)
    is_ready = not pending and not missing
    body: dict[str, object] = {"status": "ok" if is_ready else "not ready"}
    if may_see_inside(request):
        found = [] if pending else list(warnings())
        body |= {"pending_migrations": pending, "missing_guards": missing, "warnings": found}
    return JsonResponse(body, status=200 if is_ready else 503)


def warnings() -> Iterator[str]:
    """What is late or halted behind the requests, in words for whoever runs the console."""
    told = vitals.lanes()
    for name in dict.fromkeys(job.lane for job in JOBS):
        lane = told.get(name)
        if lane is None:
            yield f"worker: nothing was ever heard of the lane {name}"
            continue
        if lane.went_round > LATE_SECONDS and lane.job not in LONG:
            yield f"worker: the lane {name} last went round {lane.went_round:.0f} s ago" + (
                f", at {lane.job}" if lane.job else ""
            )
        yield from (f"worker: {trouble}" for trouble in lane.troubles)
    ledger = vitals.ledger()
    if (ledger.oldest_unsealed or 0) > LATE_SECONDS:
        yield f"ledger: {ledger.unsealed} entries wait for their seal, the oldest for {ledger.oldest_unsealed:.0f} s"
