"""Figures of what was sold; each is read when it is asked for, in one statement for all stores of a list."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from django.utils import timezone as clock

from core import models
from core.ranges import Days
from core.roles import Permission
from core.tenancy import among
from insights import sales, series
from insights.rows import DaySales, ProductSales, Window
from schema.catalog.types import Category
from schema.context import Info, level
from schema.enums import Weekday, described
from schema.errors import BadInput, Forbidden
from schema.nodes import one
from schema.ranges import DateRange, RangeArgument, range_or_preference

if TYPE_CHECKING:
    from schema.catalog.types import Product

TOP, MAX_TOP = 10, 100


class SalesMeasure(Enum):
    REVENUE = "REVENUE"
    QUANTITY = "QUANTITY"


described(
    SalesMeasure,
    name="SalesMeasure",
    description="What makes a product a top one.",
    values={"REVENUE": "What it brought.", "QUANTITY": "How much of it was sold."},
)


def revenue(what: str = "the orders") -> Any:
    return strawberry.field(description=f"Sum of {what}, in `currency` of the sales.")


def count() -> Any:
    return strawberry.field(description="How many orders.")


def share() -> Any:
    return strawberry.field(
        description="Its part of all revenue, 1 being all, to four places; null where that is zero."
    )


@strawberry.type(description="What one day brought.")
class DayTaken:
    date: datetime.date = strawberry.field(description="The day, in the store's zone.")
    revenue: Decimal = revenue()
    orders: int = count()


@strawberry.type(description="What one hour of the day brought, over all days.")
class HourTaken:
    hour: int = strawberry.field(description="From 0 to 23, in the store's zone.")
    revenue: Decimal = revenue()
    orders: int = count()


@strawberry.type(description="What one day of the week brought, over all weeks.")
class WeekdayTaken:
    weekday: Weekday = strawberry.field(description="The day, in the store's zone.")
    revenue: Decimal = revenue()
    orders: int = count()


@strawberry.type(description="Orders in a currency that is not the store's; never converted.")
class CurrencyTaken:
    currency: str = strawberry.field(description="ISO 4217 code.")
    revenue: Decimal = strawberry.field(description="Sum of the orders, in this currency.")
    orders: int = count()


@strawberry.type(description="What as many days before brought.")
class PreviousSales:
    start: datetime.date = strawberry.field(description="The first day.")
    end: datetime.date = strawberry.field(description="The day after the last.")
    revenue: Decimal = revenue()
    orders: int = count()
    average: Decimal | None = strawberry.field(description="Mean of an order; null without any.")


@strawberry.type(description="What the days brought, beside as many days before.")
class SalesOverview:
    revenue: Decimal = revenue()
    orders: int = count()
    average: Decimal | None = strawberry.field(description="Mean of an order, to the cent; null without any.")
    best_day: DayTaken | None = strawberry.field(
        description="The day that brought most, the first of several; null without orders."
    )
    refunded: Decimal = strawberry.field(
        description="Sum of the orders closed on these days that were refunded since; no part of `revenue`."
    )
    refunded_orders: int = strawberry.field(description="How many orders those are.")
    previous: PreviousSales = strawberry.field(description="The days before.")
    growth: Decimal | None = strawberry.field(
        description="Revenue less that of the days before, as a part of the latter, 0.5 being half as much "
        "again; null where that is zero."
    )
    other_currencies: list[CurrencyTaken] = strawberry.field(description="Other currencies, by code.")


@strawberry.type(description="What one product brought.")
class ProductSold:
    product: Annotated[Product, strawberry.lazy("schema.catalog.types")] | None = one(
        "The product, if in sight.", source="product_id", to="Product"
    )
    name: str = strawberry.field(description="Its name now.")
    quantity: Decimal = strawberry.field(description="How much of it, in its unit.")
    revenue: Decimal = revenue("its lines")
    orders: int = count()
    share: Decimal | None = share()


@strawberry.type(description="What the products of one category brought.")
class CategorySold:
    category: Category | None = one("The category, if in sight.", source="category_id", to="Category")
    name: str | None = strawberry.field(description="Its name; null for products without a category.")
    quantity: Decimal = strawberry.field(description="How much, in whatever units it was sold.")
    revenue: Decimal = revenue("the lines")
    share: Decimal | None = share()


@strawberry.type(description="What customers of one country brought.")
class CountrySales:
    country: str | None = strawberry.field(
        description="As it stands with the customer; null for orders without one."
    )
    revenue: Decimal = revenue()
    orders: int = count()
    share: Decimal | None = share()


@strawberry.type(description="What customers of one city brought.")
class CitySales(CountrySales):
    city: str | None = strawberry.field(description="Likewise.")


@strawberry.type(description="Revenue less costs, of the products whose cost is known.")
class Profit:
    profit: Decimal = strawberry.field(
        description="What they brought, less what they cost at the cost that they have now."
    )
    covered: Decimal = strawberry.field(description="The revenue of these products.")
    coverage: Decimal | None = strawberry.field(
        description="That as a part of all revenue, to four places; null where that is zero."
    )


@strawberry.type(description="Money paid back, in part or whole.")
class Refunds:
    total: Decimal = strawberry.field(description="Sum of the refunds, in `currency` of the sales.")
    count: int = strawberry.field(description="How many refunds.")


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
