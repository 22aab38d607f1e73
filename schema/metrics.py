"""What a Prometheus server scrapes: requests as they were answered, and the queue as it stands."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from hmac import compare_digest

import django
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from graphql import GraphQLError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from receipts.backlog import backlog, extractions

# Names come from clients: past these bounds they are counted together, so that nobody can fill the memory.
MAX_NAMES = 100
MAX_NAME_LENGTH = 64
OTHER = "other"
UNNAMED = "unnamed"

# Seconds; from a planned query on a warm cache to a reading that the client waits for.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Result(StrEnum):
    """How a GraphQL request ended."""

    OK = "ok"  # answered; refusals of a command (`userErrors`) are answers
    ERRORS = "errors"  # answered with `errors` beside or instead of data
    REFUSED = "refused"  # nothing was executed: the body or the document is at fault
    FAILED = "failed"  # a bug, which the client saw masked


own = CollectorRegistry()
requests = Counter(
    "tillsight_graphql_requests",
    "GraphQL requests by operation name and result.",
    ["operation", "result"],
    registry=own,
)
executions = Counter(
    "tillsight_graphql_executions",
    "Operations by what executed them: a plan, or the ordinary executor.",
    ["executor"],
    registry=own,
)
latency = Histogram(
    "tillsight_graphql_request_seconds",
    "Time to answer a GraphQL request.",
    ["operation"],
    buckets=BUCKETS,
    registry=own,
)
known: set[str] = set()


def observe(operation: str | None, result: str, seconds: float | None) -> None:
    """Count one answered GraphQL request, or one subscription, of which no time is kept.

    `operation` is the name that the client gave, if any.
    """
    name = bounded(operation)
    requests.labels(name, result).inc()
    if seconds is not None:
        latency.labels(name).observe(seconds)


class Measured(SchemaExtension):
    """Observe every GraphQL request that reaches the schema."""

    executed = False

    def on_operation(self) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:  # a client that goes away ends a subscription, and so the time that it may take
            context = self.execution_context
            errors = context.result.errors if context.result else None
            result = result_of(errors or []) if self.executed else Result.REFUSED
            # The name of a document that was refused is not worth remembering: anybody can send any number.
            name = context.operation_name if self.executed else OTHER
            lasts = self.executed and context.operation_type is OperationType.SUBSCRIPTION
            observe(name, result, None if lasts else time.perf_counter() - started)

    def on_execute(self) -> Iterator[None]:
        self.executed = True
        yield


def result_of(errors: Sequence[GraphQLError]) -> Result:
    """Tell how an execution went by its errors, as they are presented."""
    codes = {(error.extensions or {}).get("code") for error in errors}
    if "INTERNAL" in codes:
        return Result.FAILED
    return Result.ERRORS if codes else Result.OK


def bounded(operation: str | None) -> str:
    """Keep the first names that are seen and call the rest by one name."""
    if not operation:
        return UNNAMED
    if operation not in known:
        if len(known) >= MAX_NAMES or len(operation) > MAX_NAME_LENGTH:
            return OTHER
        known.add(operation)
    return operation


class Books(Collector):
    """Figures that live in the database: the workers are other processes, often on other machines."""

    def collect(self) -> Iterator[Metric]:
        versions = {
            "version": settings.VERSION,
            "python": platform.python_version(),
            "django": django.get_version(),
        }
        yield InfoMetricFamily("tillsight_build", "What is running.", versions)
        up = GaugeMetricFamily("tillsight_database_up", "Whether the database answers: 1 or 0.")
        try:
            figures = list(self.of_database())
        except DatabaseError:
            figures = []  # the requests that were counted are worth telling all the more
        up.add_metric([], bool(figures))
        yield from (up, *figures)

    def of_database(self) -> Iterator[Metric]:
        queue = backlog(now=timezone.now())
        length = GaugeMetricFamily("tillsight_queue_length", "Uploads in the queue.", labels=["state"])
        length.add_metric(["waiting"], queue.waiting)
        length.add_metric(["processing"], queue.processing)
        yield length
        yield GaugeMetricFamily(
            "tillsight_queue_oldest_seconds",
            "Time since the oldest waiting upload was due.",
            queue.oldest_seconds,
        )
        # Not a counter: a retry takes an upload out of the failed ones.
        ended = GaugeMetricFamily(
            "tillsight_extractions", "Uploads whose reading has ended, by result.", labels=["result"]
        )
        for result, count in extractions().items():
            ended.add_metric([result.lower()], count)
        yield ended


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """Answer all metrics in Prometheus' text format, to whoever shows the token if one is set."""
    if not allowed(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(text(), content_type=CONTENT_TYPE_LATEST)


def allowed(authorization: str) -> bool:
    """Tell whether metrics may be shown; production shows them to nobody until a token is set."""
    if not settings.METRICS_TOKEN:
        return not settings.PRODUCTION
    return compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())


def text() -> bytes:
    registry = own
    if settings.METRICS_SHARED:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(Books())
