"""Figures of what was sold; each is read when it is asked for, in one statement for all stores of a list."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Any, cast

import strawberry
from django.utils import timezone as clock

from core import models
from core.ranges import Days
from core.roles import Permission
from core.tenancy import among
from insights import sales, series
from insights.rows import DaySales, ProductSales, Window
from schema.context import Info, level
from schema.enums import Weekday
from schema.errors import BadInput, Forbidden
from schema.insights.figures import (
    CategorySold,
    CitySales,
    CountrySales,
    DayTaken,
    HourTaken,
    ProductSold,
    Profit,
    Refunds,
    SalesMeasure,
    SalesOverview,
    WeekdayTaken,
)
from schema.ranges import DateRange, RangeArgument, range_or_preference

TOP, MAX_TOP = 10, 100


TopArgument = Annotated[int | None, strawberry.argument(description=f"How many at most, 0 to {MAX_TOP}.")]


@strawberry.type(
    description="What a store sold in a range of days: its COMPLETED orders by the moment at which they were "
    "closed. Orders that were refunded since are no revenue. All amounts are in `currency`; other currencies "
    "stand in `overview.otherCurrencies` alone."
)
class Sales:
    store: strawberry.Private[models.Store]
    window: strawberry.Private[Window]
    place: strawberry.Private[tuple[object, ...]]

    @strawberry.field(description="The first day.")
    def start(self) -> datetime.date:
        return self.window.days.start

    @strawberry.field(description="The day after the last.")
    def end(self) -> datetime.date:
        return self.window.days.end

    @strawberry.field(description="IANA name of the zone that days and hours are counted in: the store's.")
    def timezone(self) -> str:
        return self.store.timezone

    @strawberry.field(description="ISO 4217 code of the amounts: the store's.")
    def currency(self) -> str:
        return self.store.currency

    @strawberry.field(description="Revenue, orders, the best day, and how it compares.")
    async def overview(self, info: Info) -> SalesOverview:
        rows = await self._days(info)
        found = sales.overview(window=self.window, currency=self.store.currency, rows=rows)
        return cast("SalesOverview", found)  # the figures as they are, under the same names; so below

    @strawberry.field(description="Every day, first to last.")
    async def by_day(self, info: Info) -> list[DayTaken]:
        rows = await self._days(info)
        found = sales.every_day(days=self.window.days, currency=self.store.currency, rows=rows)
        return cast("list[DayTaken]", found)

    @strawberry.field(description="Every day of the week, Monday first.")
    async def by_weekday(self, info: Info) -> list[WeekdayTaken]:
        rows = await self._days(info)
        found = sales.every_weekday(days=self.window.days, currency=self.store.currency, rows=rows)
        return [
            WeekdayTaken(weekday=Weekday(row.weekday), revenue=row.revenue, orders=row.orders)
            for row in found
        ]

    @strawberry.field(description="Every hour of the day.")
    async def by_hour(self, info: Info) -> list[HourTaken]:
        rows = await self._read(info, series.sales_by_hour, self.window.days)
        found = sales.every_hour(currency=self.store.currency, rows=rows)
        return cast("list[HourTaken]", found)

    @strawberry.field(description="What sold best, largest first.")
    async def top_products(
        self,
        info: Info,
        first: TopArgument = TOP,
        by: Annotated[
            SalesMeasure | None, strawberry.argument(description="By what.")
        ] = SalesMeasure.REVENUE,
    ) -> list[ProductSold]:
        found = sales.top_products(
            currency=self.store.currency,
            rows=await self._products(info),
            first=_bounded(first),
            by_quantity=by is SalesMeasure.QUANTITY,
        )
        return cast("list[ProductSold]", found)

    @strawberry.field(description="By the category of the products, largest first.")
    async def by_category(self, info: Info) -> list[CategorySold]:
        rows = await self._products(info)
        found = sales.by_category(currency=self.store.currency, rows=rows)
        return cast("list[CategorySold]", found)

    @strawberry.field(description="By the country of the customers, largest first.")
    async def by_country(self, info: Info) -> list[CountrySales]:
        rows = await self._read(info, series.sales_by_place, self.window.days)
        found = sales.by_place(currency=self.store.currency, rows=rows, cities=False)
        return cast("list[CountrySales]", found)

    @strawberry.field(description="By the city of the customers, largest first.")
    async def by_city(self, info: Info, first: TopArgument = TOP) -> list[CitySales]:
        rows = await self._read(info, series.sales_by_place, self.window.days)
        found = sales.by_place(currency=self.store.currency, rows=rows, cities=True)
        return cast("list[CitySales]", found[: _bounded(first)])

    @strawberry.field(description="What was earned, as far as costs are known.")
    async def profit(self, info: Info) -> Profit:
        rows = await self._products(info)
        found = sales.profit(currency=self.store.currency, rows=rows)
        return cast("Profit", found)

    @strawberry.field(
        description="What was paid back on these days, whenever the orders were closed. It lowers no revenue."
    )
    async def refunds(self, info: Info) -> Refunds:
        rows = await self._read(info, series.paid_back, self.window.days)
        found = sales.refunds(currency=self.store.currency, rows=rows)
        return Refunds(total=found.total, count=found.count)

    async def _days(self, info: Info) -> list[DaySales]:
        return await self._read(info, series.sales_by_day, self.window.whole)

    async def _products(self, info: Info) -> list[ProductSales]:
        return await self._read(info, series.sales_by_product, self.window.days)

    async def _read(self, info: Info, read: Callable[..., dict[int, list[Any]]], days: Days) -> list[Any]:
        """Read sums together with those of the other stores of the list, once for all fields."""

        def batch(keys: list[tuple[models.Store, Days]]) -> list[list[Any]]:
            found = read(spans=dict(keys))
            return [found[store.pk] for store, _ in keys]

        found: list[Any] = await info.context.load((*self.place, read.__name__), (self.store, days), batch)
        return found


def _bounded(first: int | None) -> int:
    first = TOP if first is None else first
    if not 0 <= first <= MAX_TOP:
        raise BadInput(f"`first` must be from 0 to {MAX_TOP}.")
    return first


async def sales_of(root: Any, info: Info, range: RangeArgument = None) -> Sales | None:
    viewer, place = info.context.user, level(info)
    found: Sales = await info.context.load(
        place, root.store, lambda stores: _sales(viewer, stores, range, place)
    )
    return found


def _sales(
    viewer: models.User, stores: list[models.Store], given: DateRange | None, place: tuple[object, ...]
) -> list[Sales | Exception]:
    """Say which days of each store to look at; one that the viewer may not see gets its error."""
    now = clock.now()
    chosen = range_or_preference(viewer, given)
    allowed = set(among(stores, viewer, Permission.INSIGHT_VIEW))
    return [
        Sales(store=store, window=Window.beside(chosen.days(store, now)), place=place)
        if store in allowed
        else Forbidden()
        for store in stores
    ]
