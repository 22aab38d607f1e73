"""Reports: a look at the first rows, and the way to take all of them along."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, cast

import strawberry
from asgiref.sync import sync_to_async
from django.urls import reverse
from django.utils import timezone as clock

from core import models
from core.ranges import Days
from core.tenancy import among
from insights import reports
from insights.metrics import Dimension, Grain, Metric
from insights.sheets import MAX_SHEET_ROWS
from insights.tables import NEEDS, Kind, written
from schema.context import Info, level
from schema.enums import described
from schema.errors import BadInput, Forbidden
from schema.insights.metrics import MAX_HOURLY_DAYS
from schema.insights.series import MetricArgument, checked, seen_by
from schema.ranges import DateRange, RangeArgument, range_or_preference

PREVIEW, MAX_PREVIEW = 20, 100

ReportKind = Kind
described(
    ReportKind,
    name="ReportKind",
    description="What a report tells.",
    values={
        "SALES": "Orders and revenue by day, as `sales` counts them. Needs INSIGHT_VIEW.",
        "INVENTORY": "Products as they are now, and what came and went in the days. Needs CATALOG_VIEW.",
        "ORDERS": "The orders placed in the days, whatever became of them. Needs ORDER_VIEW.",
        "ATTENDANCE": "Hours at work by day and person. Needs SHIFT_VIEW.",
        "CUSTOMERS": "Who ordered how often and for how much, by orders completed in the days. "
        "Needs CUSTOMER_VIEW.",
        "BILLS": "Every bill booked in the days, void ones too, a row an item: `importBills` takes it "
        "back. Needs BILL_VIEW.",
    },
)


@strawberry.type(description="A column of a report.")
class ReportColumn:
    name: str = strawberry.field(description="For programs; it never changes.")
    title: str = strawberry.field(description="What heads the column.")


TABLE = (
    "A table over some days of a store. Days and times are in the store's zone; amounts stand beside their "
    "currency."
)


@strawberry.type(description=TABLE)
class Table:
    report: strawberry.Private[reports.Report | reports.MetricReport]

    @strawberry.field(description="The first day.")
    def start(self) -> datetime.date:
        return self.report.days.start

    @strawberry.field(description="The day after the last.")
    def end(self) -> datetime.date:
        return self.report.days.end

    @strawberry.field(description="IANA name of the zone that days and times are in: the store's.")
    def timezone(self) -> str:
        return self.report.store.timezone

    @strawberry.field(description="Its columns, left to right.")
    def columns(self) -> list[ReportColumn]:
        return [ReportColumn(name=column.name, title=column.title) for column in self.report.columns]

    @strawberry.field(description="Its first rows, each with a text for every column, empty for nothing.")
    async def rows(
        self,
        first: Annotated[
            int | None, strawberry.argument(description=f"How many at most, 0 to {MAX_PREVIEW}.")
        ] = PREVIEW,
    ) -> list[list[str]]:
        first = PREVIEW if first is None else first
        if not 0 <= first <= MAX_PREVIEW:
            raise BadInput(f"`first` must be from 0 to {MAX_PREVIEW}.")
        found = await sync_to_async(lambda: self.report.source().first(first))()
        return [[written(cell) for cell in row] for row in found]

    @strawberry.field(description="How many rows it has; counted only when asked.")
    async def row_count(self) -> int:
        return await sync_to_async(lambda: self.report.source().count())()

    @strawberry.field(
        description="Address of all rows as CSV in UTF-8, for you and for some minutes. A text that a "
        "spreadsheet would compute has an apostrophe before it."
    )
    def csv_url(self, info: Info) -> str:
        return reverse("report-csv", args=[reports.sign(report=self.report, user=info.context.user)])

    @strawberry.field(
        description=f"Address of all rows as an Excel workbook, likewise; at most {MAX_SHEET_ROWS} rows."
    )
    def xlsx_url(self, info: Info) -> str:
        return reverse("report-xlsx", args=[reports.sign(report=self.report, user=info.context.user)])


@strawberry.type(description=TABLE)
class Report(Table):
    @strawberry.field(description="What it tells.")
    def kind(self) -> ReportKind:
        return cast("reports.Report", self.report).kind


@strawberry.type(
    description="A metric as a table, a row for each step of time, group and currency that has something. "
    + TABLE
)
class MetricReport(Table):
    metric: Metric = strawberry.field(description="What is measured.")
    dimension: Dimension | None = strawberry.field(description="What it is told apart by, if anything.")
    grain: Grain | None = strawberry.field(description="In what steps of time, if in any.")


async def report_of(
    root: Any,
    info: Info,
    kind: Annotated[ReportKind, strawberry.argument(description="What to tell.")],
    range: RangeArgument = None,
) -> Report | None:
    viewer = info.context.user
    found: Report = await info.context.load(
        level(info), root.store, lambda stores: _reports(viewer, stores, kind, range)
    )
    return found


def _reports(
    viewer: models.User, stores: list[models.Store], kind: Kind, given: DateRange | None
) -> list[Report | Exception]:
    """Say which days of a store to tell of.

    Raises: BadInput for several stores: each would cost statements of its own.
    """
    if len(stores) > 1:
        raise BadInput("Ask for the reports of one store at a time.")
    chosen, now = range_or_preference(viewer, given), clock.now()
    allowed = among(stores, viewer, NEEDS[kind])
    return [
        Report(report=reports.Report(kind, store, chosen.days(store, now)))
        if store in allowed
        else Forbidden()
        for store in stores
    ]


async def metric_report_of(
    root: Any,
    info: Info,
    metric: MetricArgument,
    dimension: Annotated[
        Dimension | None, strawberry.argument(description="What to tell apart by; nothing if left out.")
    ] = None,
    grain: Annotated[
        Grain | None, strawberry.argument(description="In what steps of time; all days are one if left out.")
    ] = None,
    range: RangeArgument = None,
) -> MetricReport | None:
    viewer = info.context.user

    def read(stores: list[models.Store]) -> list[MetricReport | Exception]:
        if len(stores) > 1:
            raise BadInput("Ask for the reports of one store at a time.")
        checked(metric, dimension, grain)
        chosen, now = range_or_preference(viewer, range), clock.now()
        allowed = seen_by(viewer, stores, metric, dimension)
        return [
            _metric_report(metric, dimension, grain, store, chosen.days(store, now))
            if store in allowed
            else Forbidden()
            for store in stores
        ]

    found: MetricReport = await info.context.load(level(info), root.store, read)
    return found


def _metric_report(
    metric: Metric, dimension: Dimension | None, grain: Grain | None, store: models.Store, days: Days
) -> MetricReport:
    if grain is Grain.HOUR and (days.end - days.start).days > MAX_HOURLY_DAYS:
        raise BadInput(f"A report by HOUR is of at most {MAX_HOURLY_DAYS} days.")
    report = reports.MetricReport(metric, dimension, grain, store, days)
    return MetricReport(report=report, metric=metric, dimension=dimension, grain=grain)
