"""What the books of a store say of some days: sums a group, before any judgement.

Pure: the window on the books makes these rows, the analyses read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.ranges import Days


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days looked at, and the days they are compared with, which end where those start."""

    days: Days
    before: Days

    @classmethod
    def alone(cls, days: Days) -> Window:
        """Look at some days, and compare them with none."""
        return cls(days=days, before=Days(days.start, days.start))

    @classmethod
    def beside(cls, days: Days) -> Window:
        """Look at some days, and compare them with as many before."""
        return cls(days=days, before=Days(days.start - (days.end - days.start), days.start))

    @property
    def whole(self) -> Days:
        """The days of both."""
        return Days(self.before.start, self.days.end)


@dataclass(frozen=True, kw_only=True)
class DaySum:
    """The bills booked on one day in one currency; `priced` of them say their total."""

    day: date
    currency: str
    total: Decimal
    count: int
    priced: int
    needs_review: int
    undated: int


@dataclass(frozen=True, kw_only=True)
class CategorySum:
    """The bills of one category in one currency."""

    category_id: int
    name: str
    currency: str
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class MerchantSum:
    """The bills of one merchant in one currency; without `merchant_id`, of one spelling on paper."""

    merchant_id: int | None
    name: str
    currency: str
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class ItemSum:
    """The lines of one spelling in one currency; `quantity` in whatever units they were sold."""

    description: str
    currency: str
    quantity: Decimal
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class Books:
    """All sums of one store: by day over the whole window, the others over `window.days` alone."""

    window: Window
    by_day: tuple[DaySum, ...] = ()
    by_category: tuple[CategorySum, ...] = ()
    by_merchant: tuple[MerchantSum, ...] = ()
    by_item: tuple[ItemSum, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DaySales:
    """The orders closed on one day in one currency; those REFUNDED since are no part of `revenue`."""

    day: date
    currency: str
    revenue: Decimal
    orders: int
    refunded: Decimal
    refunded_orders: int


@dataclass(frozen=True, kw_only=True)
class HourSales:
    """The orders closed in one hour of the day, 0 to 23, in one currency."""

    hour: int
    currency: str
    revenue: Decimal
    orders: int


@dataclass(frozen=True, kw_only=True)
class ProductSales:
    """What was sold of one product in one currency; `cost` is that of one unit, None where unknown."""

    product_id: int
    name: str
    cost: Decimal | None
    category_id: int | None
    category: str | None
    currency: str
    quantity: Decimal
    revenue: Decimal
    orders: int


@dataclass(frozen=True, kw_only=True)
class PlaceSales:
    """The orders of customers of one city in one currency; None where it is not known."""

    country: str | None
    city: str | None
    currency: str
    revenue: Decimal
    orders: int


@dataclass(frozen=True, kw_only=True)
class PaidBack:
    """The refunds paid in one currency."""

    currency: str
    total: Decimal
    count: int
