"""Uploads, the bills read from them, and whom they were paid to."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from catalog.models import Category, Product
from core.models import Store, User
from core.tenancy import StoreOwned, StoreQuerySet


class Merchant(StoreOwned):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="merchants")
    name = models.CharField(max_length=200)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("name"), name="merchant_name_once_in_a_store"),
        ]


class MerchantAlias(models.Model):
    """Another way in which receipts spell a merchant's name; a merge leaves one behind."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)  # in lower case
    # Whether no paper says so: a reader misread the merchant's name, and a person corrected it.
    misread = models.BooleanField(default=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "name"], name="merchant_alias_once")
        ]


class ItemName(StoreOwned):
    """What a person has made of a line's text: the article's name, and the category that it belongs in."""

    spelling = models.CharField(max_length=200)  # as receipts have it, in lower case
    name = models.CharField(max_length=500)
    category = models.ForeignKey(Category, null=True, on_delete=models.CASCADE, related_name="+")

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "spelling"], name="item_spelling_once_in_a_store"),
        ]


class Upload(StoreOwned):
    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        PROCESSING = "PROCESSING"
        COMPLETED = "COMPLETED"
        FAILED = "FAILED"

    class Stage(models.TextChoices):
        WAITING = "WAITING"
        READING = "READING"
        POSTING = "POSTING"
        DONE = "DONE"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=200)  # the name in the storage: its hash
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=50)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    # Empty while the bytes are in the books; once its bills are void, its key: the bytes may come again.
    superseded = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    pages = models.PositiveSmallIntegerField(default=0)  # 0 until the reader has counted them
    pages_read = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()  # back-off: no worker takes it earlier
    lease = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    wanted_reader = models.CharField(max_length=20, blank=True)
    reader = models.CharField(max_length=20, blank=True)
    fallback = models.CharField(max_length=300, blank=True)  # why the one that was wanted did not read
    duration_ms = models.PositiveIntegerField(null=True)
    completed_at = models.DateTimeField(null=True)
    raw = models.JSONField(null=True)
    look = models.CharField(max_length=64, blank=True)  # perceptual hash of its first page, in hex

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "sha256", "superseded"], name="upload_bytes_once_in_a_store"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=Q(status="QUEUED"), name="upload_queue"),
            models.Index(fields=["lease_expires_at"], condition=Q(status="PROCESSING"), name="upload_leases"),
            models.Index(fields=["store", "-created_at"], name="upload_of_store"),
        ]


class ModelUse(models.Model):
    """How many of a store's receipts a model has read on a day, which costs money."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()  # in the store's zone
    readings = models.PositiveIntegerField(default=0)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "day"], name="model_use_once_a_store_and_day"),
        ]


class BillQuerySet(StoreQuerySet):
    def counted(self) -> Self:
        """Keep the bills that count as spending."""
        return self.exclude(status=Bill.Status.VOID)

    def to_review(self) -> Self:
        """Keep the bills that wait for a person to look at them."""
        return self.filter(status=Bill.Status.NEEDS_REVIEW)


class Bill(StoreOwned):
    class Status(models.TextChoices):
        NEEDS_REVIEW = "NEEDS_REVIEW"
        CONFIRMED = "CONFIRMED"
        VOID = "VOID"

    class Source(models.TextChoices):
        AI = "AI"
        CLIENT = "CLIENT"
        MANUAL = "MANUAL"
        IMPORT = "IMPORT"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="bills")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    upload = models.ForeignKey(Upload, null=True, on_delete=models.RESTRICT, related_name="bills")
    position = models.PositiveSmallIntegerField(default=1)  # which receipt of its upload
    merchant = models.ForeignKey(Merchant, null=True, on_delete=models.SET_NULL, related_name="bills")
    merchant_name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=500, blank=True)
    number = models.CharField(max_length=100, blank=True)
    date = models.DateField(null=True)
    time = models.TimeField(null=True)
    # `date`, or the day of entry in the store's zone where the paper has none: what analyses group by.
    booked_on = models.DateField()
    currency = models.CharField(max_length=3)
    subtotal = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    tax = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    tip = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    taxes = models.JSONField(default=list, blank=True)  # receipts.draft.Tax, a rate each
    category = models.ForeignKey(Category, on_delete=models.RESTRICT, related_name="+")
    status = models.CharField(max_length=12, choices=Status, default=Status.NEEDS_REVIEW)
    source = models.CharField(max_length=10, choices=Source)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    verified = models.BooleanField(default=False)  # the paper's own sums prove the total
    evidence = models.JSONField(default=dict, blank=True)
    checks = models.JSONField(default=list, blank=True)
    risk = models.DecimalField(max_digits=4, decimal_places=3, default=1)  # 0..1, see receipts.risk
    at_stake = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # risk × amount
    notes = models.CharField(max_length=1000, blank=True)
    import_key = models.CharField(max_length=64, blank=True)  # by which a file's next import knows it again

    objects = BillQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "position"], name="bill_once_an_upload_and_position"),
            models.UniqueConstraint(
                fields=["store", "import_key"], condition=~Q(import_key=""), name="bill_imported_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-booked_on", "-id"], name="bill_of_store_by_day"),
            models.Index(fields=["store", "-total", "-id"], name="bill_of_store_by_total"),
            models.Index(fields=["store", "-created_at", "-id"], name="bill_of_store_by_entry"),
            models.Index(
                fields=["store", "-at_stake", "-id"],
                condition=Q(status="NEEDS_REVIEW"),
                name="bill_of_store_to_review",
            ),
        ]


class ItemQuerySet(StoreQuerySet):
    store_path = "bill__store"


class Item(models.Model):
    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)
    unit = models.CharField(max_length=20, blank=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    discount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    category = models.ForeignKey(Category, on_delete=models.RESTRICT, related_name="+")
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="purchases"
    )
    evidence = models.JSONField(null=True)  # of the line, and of its values by name under "values"
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bill", "position"], name="item_position_once_in_a_bill"),
        ]


class SpendDay(models.Model):
    """What the bills of a store that count come to on a day, kept with them: see receipts.rollups."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    booked_on = models.DateField()
    currency = models.CharField(max_length=3)
    units = models.BigIntegerField(default=0)  # sum of the totals, in hundredths
    count = models.BigIntegerField(default=0)  # of bills
    priced = models.BigIntegerField(default=0)  # of those that say their total
    needs_review = models.BigIntegerField(default=0)
    undated = models.BigIntegerField(default=0)  # of those on whose paper there is no date

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "booked_on", "currency"], name="spend_once_a_day"),
        ]


class SpendGroup(models.Model):
    """What the bills of a store come to in a month or a year, for each group that they fall into."""

    class By(models.TextChoices):
        CATEGORY = "CATEGORY"
        MERCHANT = "MERCHANT"
        ITEM = "ITEM"
        PRODUCT = "PRODUCT"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    by = models.CharField(max_length=10, choices=By)
    months = models.PositiveSmallIntegerField()  # that it is about: 1 or 12
    start = models.DateField()  # the first day of the month or year
    currency = models.CharField(max_length=3)
    key = models.BigIntegerField(default=0)  # of the category, merchant or product; 0 where there is none
    name = models.CharField(max_length=500, blank=True)  # of a merchant without a key, and of an item
    units = models.BigIntegerField(default=0)  # sum of the totals, in hundredths
    thousandths = models.BigIntegerField(default=0)  # sum of the quantities of lines
    count = models.BigIntegerField(default=0)  # of bills; of an item or a product, of lines

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "by", "months", "start", "currency", "key", "name"],
                name="spend_once_a_group",
            ),
        ]


class Duplicate(StoreOwned):
    """Two bills that may be one."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        KEPT = "KEPT"
        VOIDED = "VOIDED"

    earlier = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="+")
    later = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="+")
    score = models.DecimalField(max_digits=4, decimal_places=3)  # 0..1, see receipts.alike
    reasons = models.JSONField(default=list)
    bits = models.PositiveSmallIntegerField(null=True)  # by which the pictures differ
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["earlier", "later"], name="duplicate_once_a_pair"),
            models.CheckConstraint(condition=Q(earlier__lt=models.F("later")), name="duplicate_in_order"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-score", "-id"], name="duplicate_of_store_by_score"),
        ]

    def other(self, bill: Bill) -> int:
        """Give the key of the bill beside `bill`."""
        return self.later_id if self.earlier_id == bill.pk else self.earlier_id
