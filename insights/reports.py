"""Reports to take along: who may fetch one, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core import signing

from core import tenancy
from core.models import Store, User
from core.ranges import Days
from core.roles import Permission
from insights import series
from insights.metrics import Dimension, Grain, Metric, needed
from insights.tables import COLUMNS, NEEDS, Column, Kind, columns_of

SALT = "insights.reports"
BETWEEN = ":"


@dataclass(frozen=True)
class Report:
    """One kind of report of a store over some days."""

    kind: Kind
    store: Store
    days: Days

    @property
    def name(self) -> str:
        return self.kind.value

    @property
    def needs(self) -> tuple[Permission, ...]:
        return (NEEDS[self.kind],)

    @property
    def columns(self) -> tuple[Column, ...]:
        return COLUMNS[self.kind]

    @property
    def filename(self) -> str:
        """What to call a file of it, without the ending."""
        return f"{self.kind.lower()}-{self.days.start}-{self.days.end}"

    def source(self) -> series.Source:
        return series.rows_of(kind=self.kind, store=self.store, days=self.days)


@dataclass(frozen=True)
class MetricReport:
    """A metric of a store over some days, by group and step of time as far as these are asked."""

    metric: Metric
    dimension: Dimension | None
    grain: Grain | None
    store: Store
    days: Days

    @property
    def name(self) -> str:
        return BETWEEN.join((self.metric, self.dimension or "", self.grain or ""))

    @property
    def needs(self) -> tuple[Permission, ...]:
        return needed(self.metric, self.dimension)

    @property
    def columns(self) -> tuple[Column, ...]:
        return columns_of(self.metric, self.dimension, self.grain)

    @property
    def filename(self) -> str:
        """What to call a file of it, without the ending."""
        told = "-".join(filter(None, (self.metric, self.dimension, self.grain)))
        return f"{told.lower().replace('_', '-')}-{self.days.start}-{self.days.end}"

    def source(self) -> series.Source:
        return series.measured(
            store=self.store, days=self.days, metric=self.metric, dimension=self.dimension, grain=self.grain
        )


def sign(*, report: Report | MetricReport, user: User) -> str:
    """Make a ticket that lets `user` fetch a report, as it is then, for some minutes."""
    days = [report.days.start.isoformat(), report.days.end.isoformat()]
    return signing.dumps([report.name, report.store.pk, user.pk, *days], salt=SALT)


def signed(ticket: str) -> Report | MetricReport | None:
    """Find the report of a ticket that is not too old, if its holder still may see it."""
    try:
        name, key, user, start, end = signing.loads(ticket, salt=SALT, max_age=settings.FILE_URL_LIFETIME)
    except signing.BadSignature:
        return None
    store = Store.objects.filter(pk=key).first()
    holder = User.objects.get_queryset().filter(pk=user, is_active=True).first()
    if store is None or holder is None:
        return None
    report = _named(name, store, Days(date.fromisoformat(start), date.fromisoformat(end)))
    return report if all(tenancy.may(holder, needs, store) for needs in report.needs) else None


def _named(name: str, store: Store, days: Days) -> Report | MetricReport:
    if BETWEEN not in name:
        return Report(Kind(name), store, days)
    metric, dimension, grain = name.split(BETWEEN)
    by, step = Dimension(dimension) if dimension else None, Grain(grain) if grain else None
    return MetricReport(Metric(metric), by, step, store, days)
