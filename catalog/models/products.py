"""Brands, their collections, and products: artists, albums and tracks in a music store."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from catalog.models.categories import Category
from core.models import Store
from core.tenancy import StoreOwned, StoreQuerySet


class Brand(StoreOwned):
    name = models.CharField(max_length=200)
    natural_key = models.CharField(max_length=200, blank=True)  # of an imported row, in its source

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("name"), name="brand_name_once_in_a_store"),
            models.UniqueConstraint(
                fields=["store", "natural_key"], condition=~Q(natural_key=""), name="brand_natural_key_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="brand_has_a_name"),
        ]


class Collection(StoreOwned):
    """What belongs together; two of one name may be two editions."""

    brand = models.ForeignKey(
        Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="collections"
    )
    name = models.CharField(max_length=200)
    natural_key = models.CharField(max_length=200, blank=True)  # of an imported row, in its source

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "natural_key"],
                condition=~Q(natural_key=""),
                name="collection_natural_key_once",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="collection_has_a_name"),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "name", "id"], name="collection_of_store_by_name")]


class ProductQuerySet(StoreQuerySet):
    def on_sale(self) -> Self:
        """Keep the products that are not archived."""
        return self.filter(archived_at=None)

    def low_in_stock(self) -> Self:
        """Keep the products on sale that have come down to their threshold."""
        return self.on_sale().filter(tracks_stock=True, stock_on_hand__lte=F("low_stock_threshold"))


class Product(StoreOwned):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(max_length=200)
    sku = models.CharField(max_length=64, blank=True)
    barcode = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=20, blank=True)  # what one of it is, such as kg; empty for pieces
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)  # in the store's currency
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # of one unit, likewise
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    brand = models.ForeignKey(
        Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    collection = models.ForeignKey(
        Collection, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    tracks_stock = models.BooleanField(default=True)
    # The sum of its moves; catalog.stock alone writes it, in the transaction of a move.
    stock_on_hand = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    low_stock_threshold = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    attributes = models.JSONField(default=dict, blank=True)
    natural_key = models.CharField(max_length=200, blank=True)  # of an imported row, in its source
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "store", Lower("sku"), condition=~Q(sku=""), name="product_sku_once_in_a_store"
            ),
            models.UniqueConstraint(
                fields=["store", "barcode"], condition=~Q(barcode=""), name="product_barcode_once_in_a_store"
            ),
            models.UniqueConstraint(
                fields=["store", "natural_key"], condition=~Q(natural_key=""), name="product_natural_key_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="product_has_a_name"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0), name="product_cost_not_negative"
            ),
            models.CheckConstraint(condition=Q(stock_on_hand__gte=0), name="product_stock_not_negative"),
            models.CheckConstraint(
                condition=Q(low_stock_threshold__isnull=True) | Q(low_stock_threshold__gte=0),
                name="product_threshold_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "name", "id"], name="product_of_store_by_name"),
            models.Index(fields=["store", "-created_at", "-id"], name="product_of_store_by_entry"),
        ]

    @property
    def low_in_stock(self) -> bool:
        """Whether it is on sale and has come down to its threshold, as the queryset says it."""
        return (
            self.archived_at is None
            and self.tracks_stock
            and self.low_stock_threshold is not None
            and self.stock_on_hand <= self.low_stock_threshold
        )
