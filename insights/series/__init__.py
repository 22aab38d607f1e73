"""The one window on the other books: sums of many stores at once, one SQL statement each."""

from insights.series.sales import sales_by_day, sales_by_hour, sales_by_place, sales_by_product
from insights.series.spending import books, by_category, by_day, by_item, by_merchant

__all__ = [
    "books",
    "by_category",
    "by_day",
    "by_item",
    "by_merchant",
    "sales_by_day",
    "sales_by_hour",
    "sales_by_place",
    "sales_by_product",
]
