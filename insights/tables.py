"""What the reports show: their columns, and how a value is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.roles import Permission
from insights.metrics import OF_MONEY, Dimension, Grain, Metric

Cell = str | int | Decimal | date | datetime | bool | None
Row = tuple[Cell, ...]


class Kind(StrEnum):
    SALES = "SALES"
    INVENTORY = "INVENTORY"
    ORDERS = "ORDERS"
    ATTENDANCE = "ATTENDANCE"
    CUSTOMERS = "CUSTOMERS"
    BILLS = "BILLS"


# Whoever may see the rows of a report may see it and take it along.
NEEDS: dict[Kind, Permission] = {
    Kind.SALES: Permission.INSIGHT_VIEW,
    Kind.INVENTORY: Permission.CATALOG_VIEW,
    Kind.ORDERS: Permission.ORDER_VIEW,
    Kind.ATTENDANCE: Permission.SHIFT_VIEW,
    Kind.CUSTOMERS: Permission.CUSTOMER_VIEW,
    Kind.BILLS: Permission.BILL_VIEW,
}


@dataclass(frozen=True)
class Column:
    """`name` is for programs and never changes, `title` heads the column."""

    name: str
    title: str


def _columns(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title.lower().replace(" ", "_"), title) for title in titles)


COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.SALES: _columns(
        "Date", "Currency", "Orders", "Revenue", "Average order", "Refunded orders", "Refunded"
    ),
    Kind.INVENTORY: _columns(
        "Product", "SKU", "Barcode", "Category", "Brand", "Collection", "Unit", "Currency", "Price", "Cost",
        "On hand", "Threshold", "Low", "Value at cost", "Received", "Sold", "Wasted", "Corrected", "Archived",
    ),
    Kind.ORDERS: _columns(
        "Number", "Placed", "Closed", "Status", "Channel", "Customer", "Lines", "Currency", "Total", "Paid",
        "Note",
    ),
    Kind.ATTENDANCE: _columns("Date", "Person", "Email", "Shifts", "Hours"),
    Kind.CUSTOMERS: _columns(
        "Customer", "Company", "Email", "City", "Country", "Currency", "Orders", "Revenue", "Average order",
        "First order", "Last order",
    ),
    Kind.BILLS: _columns(
        "Bill", "Date", "Booked on", "Time", "Merchant", "Address", "Number", "Currency", "Subtotal", "Tax",
        "Tip", "Total", "Category", "Status", "Source", "Notes", "Item", "Quantity", "Unit", "Unit price",
        "Discount", "Item total", "Item category",
    ),
}  # fmt: skip


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MEASURED: dict[Metric, str] = {
    Metric.SPEND: "Spending",
    Metric.REVENUE: "Revenue",
    Metric.PROFIT: "Profit",
    Metric.ORDERS: "Orders",
    Metric.ITEMS: "Quantity sold",
    Metric.ENERGY_KWH: "Energy in kWh",
    Metric.ENERGY_COST: "Cost of energy",
    Metric.UNIT_PRICE: "Price of one",
}


def columns_of(metric: Metric, dimension: Dimension | None, grain: Grain | None) -> tuple[Column, ...]:
    """Name the columns of a metric's table."""
    found = []
    if grain is not None:
        found.append(Column("start", f"{grain.title()} from"))
    if dimension is not None:
        found.append(Column(dimension.lower(), dimension.replace("_", " ").capitalize()))
    if metric in OF_MONEY:
        found.append(Column("currency", "Currency"))
    return (*found, Column("value", MEASURED[metric]), Column("count", "Count"))


def written(cell: Cell) -> str:
    """Write a value as text; a moment is in the zone that it knows."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
