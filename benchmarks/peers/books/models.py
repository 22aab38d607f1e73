"""The product's tables, as far as the operations need them."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import models, transaction
from django.db.models import F, Prefetch, Window
from django.db.models.functions import RowNumber


class User(models.Model):
    email = models.TextField()
    first_name = models.TextField()
    last_name = models.TextField()

    class Meta:
        db_table = "core_user"
        managed = False


class Store(models.Model):
    name = models.TextField()
    archived_at = models.DateTimeField(null=True)
    members = models.ManyToManyField(User, through="Membership", related_name="stores")

    class Meta:
        db_table = "core_store"
        managed = False
        ordering = ("name", "id")


class Membership(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    store = models.ForeignKey(Store, models.CASCADE)

    class Meta:
        db_table = "core_membership"
        managed = False


class Category(models.Model):
    name = models.TextField()

    class Meta:
        db_table = "catalog_category"
        managed = False


class Bill(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    position = models.SmallIntegerField(default=1)
    merchant_name = models.TextField()
    address = models.TextField(default="")
    number = models.TextField(default="")
    date = models.DateField(null=True)
    booked_on = models.DateField()
    currency = models.TextField(default="EUR")
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    status = models.TextField(default="CONFIRMED")
    source = models.TextField(default="MANUAL")
    evidence = models.JSONField(default=dict)
    checks = models.JSONField(default=list)
    notes = models.TextField(default="")
    verified = models.BooleanField(default=False)
    import_key = models.TextField(default="")
    at_stake = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    risk = models.DecimalField(max_digits=4, decimal_places=3, default=0)
    taxes = models.JSONField(default=list)
    category = models.ForeignKey(Category, models.CASCADE)
    store = models.ForeignKey(Store, models.CASCADE, related_name="bills")
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        db_table = "receipts_bill"
        managed = False
        ordering = ("-booked_on", "-id")


class Item(models.Model):
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    bill = models.ForeignKey(Bill, models.CASCADE, related_name="items")
    position = models.IntegerField()
    description = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit = models.TextField(default="")
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    category = models.ForeignKey(Category, models.CASCADE)

    class Meta:
        db_table = "receipts_item"
        managed = False
        ordering = ("position",)


ITEMS = Prefetch("items", Item.objects.select_related("category"))


def page(store):
    """Q1: a page of a store's bills, with their items and categories."""
    return Bill.objects.filter(store_id=store).select_related("category").prefetch_related(ITEMS)[:50]


def stores(user):
    """Q4: a user's stores, with their first five bills as `first_bills`."""
    place = Window(RowNumber(), partition_by="store_id", order_by=[F("booked_on").desc(), F("id").desc()])
    first = Bill.objects.annotate(place=place).filter(place__lte=5).prefetch_related(ITEMS)
    kept = Store.objects.filter(members=user, archived_at=None)
    return kept.prefetch_related(Prefetch("bills", first, to_attr="first_bills"))[:100]


@transaction.atomic
def enter(*, store, user, merchant, date, total, category, items):
    """Q5: enter a bill with its items."""
    now = datetime.now(UTC)
    bill = Bill.objects.create(
        created_at=now, updated_at=now, store_id=store, user_id=user, merchant_name=merchant, date=date, booked_on=date,
        total=total, category_id=category,
    )  # fmt: skip
    Item.objects.bulk_create(
        Item(
            created_at=now, updated_at=now, bill=bill, position=position, description=item["description"],
            quantity=item["quantity"], total=item["total"], category_id=item["category"],
            unit_price=Decimal(item["total"]) / Decimal(item["quantity"]),
        )
        for position, item in enumerate(items)
    )  # fmt: skip
    return Bill.objects.prefetch_related("items").get(pk=bill.pk)
