"""What the figures of sales are made of."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.catalog.types import Category
from schema.enums import Weekday, described
from schema.nodes import one

if TYPE_CHECKING:
    from schema.catalog.types import Product


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
