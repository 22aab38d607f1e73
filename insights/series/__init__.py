"""The one window on the other books: sums of many stores at once, one SQL statement each, and rows."""

from insights.series.energy import EnergyOfDay, energy_by_day
from insights.series.lines import lines
from insights.series.measured import measured
from insights.series.reports import Source, rows_of
from insights.series.sales import paid_back, sales_by_day, sales_by_hour, sales_by_place, sales_by_product
from insights.series.spending import books, by_category, by_day, by_item, by_merchant
from insights.series.totals import daily, recorded, totals

__all__ = [
    "EnergyOfDay",
    "Source",
    "books",
    "by_category",
    "by_day",
    "by_item",
    "by_merchant",
    "daily",
    "energy_by_day",
    "lines",
    "measured",
    "paid_back",
    "recorded",
    "rows_of",
    "sales_by_day",
    "sales_by_hour",
    "sales_by_place",
    "sales_by_product",
    "totals",
]
