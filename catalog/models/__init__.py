"""What is bought and sold: categories, brands, collections, products, and the moves of their stock."""

from catalog.models.categories import Category, CategoryQuerySet
from catalog.models.products import Brand, Collection, Product, ProductQuerySet
from catalog.models.stock import StockMove

__all__ = [
    "Brand",
    "Category",
    "CategoryQuerySet",
    "Collection",
    "Product",
    "ProductQuerySet",
    "StockMove",
]
