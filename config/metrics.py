"""``/metrics``: how the installation is, as Prometheus reads it. All of it is read from the database at that moment."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from accounts.access import public
from config import errors, vitals
from config.insiders import may_see_inside

CALLS_PERIOD = timedelta(minutes=1)


@public
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """For insiders. A database that is away, or not migrated, is a 503, which Prometheus shows as ``up 0``."""
    if not may_see_inside(request):
        return refused(request)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Vitals())
    try:
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    except (OperationalError, ProgrammingError) as error:
        if errors.is_unavailable(error):
            raise
        return errors.problem(request, 503, "The database is not up to date: run `manage.py migrate`.")


def refused(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        return errors.problem(
            request, 403, "The metrics are for this machine alone; METRICS_TOKEN opens them to others."
        )
    response = errors.problem(request, 401, "Give METRICS_TOKEN in the header Authorization: Bearer <token>.")
    response["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return response


class Vitals(Collector):
    """Asks when it is collected; of what has no value there is no sample."""

    def collect(self) -> Iterator[Metric]:
        yield gauge("database_up", "1: the database answered.", 1)
        yield from _ledger(vitals.ledger())
        yield from _outbox(vitals.outbox())
        yield from _worker()
        yield by_labels(
            "calls_last_minute",
            "Calls of the API with a token that is known, in the last minute.",
            ("result", "reason"),
            vitals.calls_lately(CALLS_PERIOD).items(),
        )


def _ledger(ledger: vitals.Ledger) -> Iterator[Metric]:
    written = CounterMetricFamily("token_console_entries", "Entries of the ledger since its beginning.")
    written.add_metric([], ledger.written)
    yield written
    yield gauge("entries_unsealed", "Entries that wait for their seal.", ledger.unsealed)
    yield gauge("oldest_unsealed_seconds", "Age of the oldest entry that waits; 0: none.", ledger.oldest_unsealed or 0)
    yield gauge("entries_sealed", "Entries in the tree.", ledger.sealed)
    yield gauge("checkpoint_entries", "Entries that the newest signed checkpoint covers.", ledger.signed)
    yield gauge("checkpoint_timestamp_seconds", "When the newest checkpoint was signed.", ledger.signed_at)


def _outbox(outbox: vitals.Outbox) -> Iterator[Metric]:
    yield by_labels(
        "outbox_mails",
        "Mails not sent: waiting, or given up in the last 30 days.",
        ("state",),
        [(("waiting",), outbox.waiting), (("given up",), outbox.given_up)],
    )
    yield gauge("outbox_oldest_seconds", "Age of the oldest mail that waits; 0: none.", outbox.oldest_waiting or 0)


def _worker() -> Iterator[Metric]:
    lanes, turns = vitals.lanes().items(), vitals.turns().items()
    yield gauge("workers", "Workers heard of in the last minute.", vitals.workers())
    yield by_labels(
        "worker_round_seconds",
        "How long ago a lane of any worker last went round.",
        ("lane",),
        [((name,), lane.went_round) for name, lane in lanes],
    )
    yield by_labels(
        "worker_troubles",
        "What a lane cannot do until somebody has looked (/readyz says it in words).",
        ("lane",),
        [((name,), len(lane.troubles)) for name, lane in lanes],
    )
    yield by_labels(
        "job_ran_seconds",
        "How long ago a job that one worker at a time runs was last done.",
        ("job",),
        [((name,), turn.ran) for name, turn in turns if turn.ran is not None],
    )
    yield by_labels(
        "job_lease",
        "1: this worker runs the job now.",
        ("job", "worker"),
        [((name, turn.holder), 1) for name, turn in turns if turn.holder],
    )


def gauge(name: str, help_text: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"token_console_{name}", help_text)
    if value is not None:
        family.add_metric([], value)
    return family


def by_labels(
    name: str, help_text: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(f"token_console_{name}", help_text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
