"""What the dashboard of bills reads: what was spent, on what paper, and what of it waits for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Q

from core import sums
from core.models import Store
from core.ranges import Days
from insights import dashboards, series
from insights.boards import count_of
from insights.breakdowns import Amount, Figure, Group, Point, others_of, own, whole_of
from insights.dashboards import within
from insights.metrics import CENT, Dimension, Grain, Metric
from insights.rows import Window
from insights.series.spans import booked
from receipts.models import Bill, Duplicate, Upload

VOID, NEEDS_REVIEW = Q(status=Bill.Status.VOID), Q(status=Bill.Status.NEEDS_REVIEW)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The bills of some days in the store's currency: those that count, but for `void`."""

    average: Decimal | None  # of those that say their total
    tax: Decimal
    confirmed: int
    needs_review: int
    undated: int
    unknown_total: int
    void: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits for somebody, whenever it came."""

    review_queue: int
    open_duplicates: int
    unread_uploads: int
    failed_uploads: int


@dataclass(frozen=True, kw_only=True)
class BillBoard:
    spend: Figure
    paper: Paper
    waiting: Waiting
    spend_by_day: tuple[Point, ...]
    spend_by_category: tuple[Group, ...]
    spend_by_merchant: tuple[Group, ...]
    other_currencies: tuple[Amount, ...]


def read(*, spans: Mapping[Store, Days]) -> dict[int, BillBoard]:
    """Look at the bills of each store's days beside as many before, in five statements."""
    windows = {store: Window.beside(days) for store, days in spans.items()}
    wholes = {store: window.whole for store, window in windows.items()}
    by_day = series.totals(spans=wholes, metric=Metric.SPEND, grain=Grain.DAY)
    categories = series.totals(spans=spans, metric=Metric.SPEND, dimension=Dimension.CATEGORY)
    merchants = series.totals(spans=spans, metric=Metric.SPEND, dimension=Dimension.MERCHANT)
    papers, waiting = _papers(spans), _waiting(list(spans))
    made = {}
    for store, window in windows.items():
        days = own(store.currency, by_day[store.pk])
        of_category, of_merchant = (own(store.currency, rows[store.pk]) for rows in (categories, merchants))
        made[store.pk] = BillBoard(
            spend=whole_of(Metric.SPEND, within(window.days, days), within(window.before, days)),
            paper=papers[store.pk],
            waiting=waiting[store.pk],
            spend_by_day=dashboards.trend(Metric.SPEND, window, days),
            spend_by_category=dashboards.largest(Metric.SPEND, Dimension.CATEGORY, of_category),
            spend_by_merchant=dashboards.top(Metric.SPEND, Dimension.MERCHANT, of_merchant),
            other_currencies=others_of(Metric.SPEND, store.currency, within(window.days, by_day[store.pk])),
        )
    return made


def _papers(spans: Mapping[Store, Days]) -> dict[int, Paper]:
    counted = ~VOID
    rows: Any = (
        Bill.objects.filter(booked({store.pk: days for store, days in spans.items()}))
        .filter(currency=F("store__currency"))
        .order_by()
        .values("store")
        .annotate(
            cents=sums.units("total", filter=counted),
            tax_cents=sums.units("tax", filter=counted),
            priced=Count("total", filter=counted),
            n=Count("pk", filter=counted),
            needs_review=Count("pk", filter=NEEDS_REVIEW),
            undated=Count("pk", filter=counted & Q(date=None)),
            void=Count("pk", filter=VOID),
        )
    )
    found = {row["store"]: row for row in rows}
    return {store.pk: _paper(found.get(store.pk, {})) for store in spans}


def _paper(row: Mapping[str, Any]) -> Paper:
    count, priced = row.get("n", 0), row.get("priced", 0)
    total = sums.decimal(row.get("cents"))
    return Paper(
        average=(total / priced).quantize(CENT, ROUND_HALF_UP) if priced else None,
        tax=sums.decimal(row.get("tax_cents")),
        confirmed=count - row.get("needs_review", 0),
        needs_review=row.get("needs_review", 0),
        undated=row.get("undated", 0),
        unknown_total=count - priced,
        void=row.get("void", 0),
    )


def _waiting(stores: Sequence[Store]) -> dict[int, Waiting]:
    unread = (Upload.Status.QUEUED, Upload.Status.PROCESSING)
    rows = Store.objects.filter(pk__in=[store.pk for store in stores]).annotate(
        review_queue=count_of(Bill.objects.to_review()),
        open_duplicates=count_of(Duplicate.objects.filter(status=Duplicate.Status.OPEN)),
        unread_uploads=count_of(Upload.objects.filter(status__in=unread)),
        failed_uploads=count_of(Upload.objects.filter(status=Upload.Status.FAILED)),
    )
    names = ("review_queue", "open_duplicates", "unread_uploads", "failed_uploads")
    return {row.pop("pk"): Waiting(**row) for row in rows.values("pk", *names)}
