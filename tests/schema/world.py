"""A store with a row of every type, and a command of every kind on those rows.

Tests that are driven by introspection find here what to ask with. Who adds a type or a mutation adds a line.
"""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog import stock
from catalog.models import Brand, Category, Collection, Product, StockMove
from core import audit
from core.models import AuditEntry, Invitation, Membership, Tally
from core.roles import Role
from energy.models import Device, DeviceCategory, Reading, ReadingImport, Tariff, TariffBand
from insights.models import AlertRule, Analysis
from receipts.models import Bill, Duplicate, Upload
from sales.models import Customer, Shift
from sales.transitions import Status
from schema import ids
from tests import alarms, books, paying, shop
from tests.conftest import Answer, Person, person
from tests.schema import documents

Rows = dict[str, str]

MARK, OTHER_MARK = "Sesame", "Poppy"

FILE = "@file"
TABLE = "@table"
SHEET = "@sheet"
BILLS = "@bills"
# An entry such as "@Bill" stands for the id of a row that `furnish` made, "@Bill:void" for another one of the type.
COMMANDS: dict[str, dict[str, Any]] = {
    "uploadReceipt": {"store": "@Store", "file": FILE},
    "uploadReceipts": {"store": "@Store", "files": [FILE]},
    "importBills": {"store": "@Store", "file": BILLS},
    "retryUpload": {"upload": "@ReceiptUpload:failed"},
    "extractUpload": {"upload": "@ReceiptUpload"},
    "createBill": {
        "store": "@Store",
        "merchantName": "Mill",
        "category": "@Category",
        "items": [{"description": "Flour", "total": "2.00", "category": "@Category"}],
    },
    "updateBill": {"bill": "@Bill", "notes": "new", "category": "@Category"},
    "deleteBill": {"bill": "@Bill"},
    "confirmBill": {"bill": "@Bill:read"},
    "resolveDuplicate": {"duplicate": "@Duplicate", "resolution": "KEEP_BOTH"},
    "confirmField": {"bill": "@Bill", "field": "total"},
    "correctField": {"bill": "@Bill", "field": "number", "value": "new"},
    "restoreBill": {"bill": "@Bill:void"},
    "addItem": {"bill": "@Bill", "description": "Salt", "category": "@Category"},
    "updateItem": {"item": "@Item", "description": "Pepper", "category": "@Category"},
    "removeItem": {"item": "@Item"},
    "renameMerchant": {"merchant": "@Merchant", "name": "New name", "category": "@Category"},
    "mergeMerchants": {"source": "@Merchant", "into": "@Merchant:other"},
    "createCategory": {"store": "@Store", "name": "Candles", "parent": "@Category"},
    "renameCategory": {"category": "@Category", "name": "Lamps"},
    "mergeCategories": {"source": "@Category", "into": "@Category:other"},
    "updateStore": {"store": "@Store", "name": "New name"},
    "archiveStore": {"store": "@Store"},
    "uploadStoreLogo": {"store": "@Store", "file": FILE},
    "removeStoreLogo": {"store": "@Store"},
    "inviteMember": {"store": "@Store", "email": "guest@example.com", "role": "STAFF"},
    "revokeInvitation": {"invitation": "@Invitation"},
    "changeMemberRole": {"membership": "@Membership", "role": "ACCOUNTANT"},
    "removeMember": {"membership": "@Membership"},
    "createBrand": {"store": "@Store", "name": "Candle & Co"},
    "renameBrand": {"brand": "@Brand", "name": "Lamp & Co"},
    "mergeBrands": {"source": "@Brand", "into": "@Brand:other"},
    "createCollection": {"store": "@Store", "name": "Winter", "brand": "@Brand"},
    "updateCollection": {"collection": "@Collection", "name": "Summer", "brand": "@Brand:other"},
    "createProduct": {
        "store": "@Store",
        "name": "Candle",
        "unitPrice": "2.00",
        "category": "@Category:product",
        "brand": "@Brand",
        "collection": "@Collection",
        "openingStock": "5",
    },
    "updateProduct": {
        "product": "@Product",
        "name": "Lamp",
        "category": "@Category:product",
        "brand": "@Brand",
        "collection": "@Collection",
    },
    "archiveProduct": {"product": "@Product", "archived": True},
    "setLowStockThreshold": {"product": "@Product", "threshold": "3"},
    "receiveStock": {"product": "@Product", "quantity": "2", "item": "@Item"},
    "countStock": {"product": "@Product", "counted": "7"},
    "wasteStock": {"product": "@Product", "quantity": "1"},
    "linkItemProduct": {"item": "@Item", "product": "@Product"},
    "importProducts": {"store": "@Store", "file": TABLE},
    "importCustomers": {"store": "@Store", "file": TABLE},
    "createCustomer": {"store": "@Store", "firstName": "Luís"},
    "updateCustomer": {"customer": "@Customer", "firstName": "Luísa"},
    "archiveCustomer": {"customer": "@Customer", "archived": True},
    "placeOrder": {
        "store": "@Store",
        "lines": [{"product": "@Product", "quantity": "2"}],
        "customer": "@Customer",
        "note": "new",
    },
    "moveOrder": {"order": "@Order", "to": "IN_QUEUE"},
    "cancelOrder": {"order": "@Order"},
    "payOrder": {"order": "@Order", "method": "CASH", "amount": "1.00", "idempotencyKey": "pay"},
    "refundPayment": {"payment": "@Payment", "amount": "0.20", "idempotencyKey": "back"},
    "clockIn": {"store": "@Store", "user": "@User:helper"},
    "clockOut": {"store": "@Store", "user": "@User:working"},
    "correctShift": {"shift": "@Shift", "note": "new"},
    "removeShift": {"shift": "@Shift"},
    "createDeviceCategory": {"store": "@Store", "name": "Cooling"},
    "renameDeviceCategory": {"category": "@DeviceCategory", "name": "Light"},
    "removeDeviceCategory": {"category": "@DeviceCategory"},
    "createDevice": {
        "store": "@Store",
        "name": "Fridge",
        "category": "@DeviceCategory",
        "ratedPowerW": "120",
        "avgUsageHours": "8",
    },
    "updateDevice": {"device": "@Device", "name": "Oven", "category": "@DeviceCategory"},
    "retireDevice": {"device": "@Device"},
    "recordReadings": {
        "device": "@Device",
        "readings": [{"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T01:00:00Z", "kwh": "2.5"}],
    },
    "correctReading": {"reading": "@Reading", "kwh": "2"},
    "importReadings": {"store": "@Store", "file": SHEET, "device": "@Device"},
    "setTariff": {
        "store": "@Store",
        "validFrom": "2026-01-01",
        "price": "0.31",
        "bands": [{"starts": "22:00:00", "ends": "06:00:00", "price": "0.22"}],
    },
    "removeTariff": {"tariff": "@Tariff"},
    "markAlertRead": {"alert": "@Alert"},
    "acknowledgeAlert": {"alert": "@Alert"},
    "markAllAlertsRead": {"store": "@Store"},
    "acknowledgeAllAlerts": {"store": "@Store"},
    "acceptSuggestion": {"suggestion": "@Suggestion"},
    "dismissSuggestion": {"suggestion": "@Suggestion", "reason": "new"},
    "createAlertRule": {
        "store": "@Store",
        "metric": "SPEND",
        "of": "@Merchant",
        "comparison": "ABOVE",
        "threshold": "100",
    },
    "updateAlertRule": {"rule": "@AlertRule", "threshold": "200", "of": "@Category"},
    "deleteAlertRule": {"rule": "@AlertRule"},
}
READ = {"page": 1, "confidence": 0.5, "source": "OCR"}
# It has nothing to do in a store that is not archived: see test_stores.
APART = {"unarchiveStore"}


def furnish(who: Person, mark: str) -> Rows:
    """Make a row of every type in a person's store, its texts marked; give their ids."""
    store, now = who.store, timezone.now()
    type(store).objects.filter(pk=store.pk).update(name=f"{mark} store", address=mark, phone=mark[:20])
    type(who.user).objects.filter(pk=who.user.pk).update(
        first_name=mark, last_name=mark, username=mark.lower()
    )
    category = Category.objects.create(store=store, name=f"{mark} category")
    merchant = books.merchant(store, f"{mark} merchant")
    done = {"user": who.user, "status": Upload.Status.COMPLETED, "reader": mark, "completed_at": now}
    upload = books.upload(store, filename=f"{mark}.jpg", error=mark, **done)
    bill = books.bill(
        store,
        user=who.user,
        upload=upload,
        merchant=merchant,
        merchant_name=f"{mark} merchant",
        category=category,
        number=mark,
        notes=mark,
        address=mark,
        evidence={"total": READ},
        checks=[{"key": "dates", "ok": True, "message": mark}],
        date=timezone.localdate(),
    )
    helper = person(f"{mark}-helper@example.com".lower(), store=store, role=Role.STAFF, first_name=mark).user
    working = person(f"{mark}-working@example.com".lower(), store=store, role=Role.STAFF, last_name=mark).user
    Shift.objects.create(store=store, user=working, clock_in=now - timedelta(hours=1))
    invitation = Invitation.objects.create(
        store=store,
        email=f"{mark}-guest@example.com".lower(),
        role=Role.STAFF,
        invited_by=who.user,
        expires_at=now + timedelta(days=7),
    )
    audit.record(store=store, by=who.user, action=f"{mark}.made", node=bill, after={"notes": mark})
    goods = Category.objects.create(store=store, name=f"{mark} goods", kind=Category.Kind.PRODUCT)
    brand = Brand.objects.create(store=store, name=f"{mark} brand")
    collection = Collection.objects.create(store=store, name=f"{mark} collection", brand=brand)
    sold = {"unit_price": Decimal("2.50"), "category": goods, "brand": brand, "collection": collection}
    product = Product.objects.create(store=store, name=f"{mark} product", sku=mark, **sold)
    stock.count(product=product, by=who.user, counted=Decimal(9), note=mark)
    appliances = DeviceCategory.objects.create(store=store, name=f"{mark} appliances")
    device = Device.objects.create(
        store=store, category=appliances, name=f"{mark} device", location=mark, in_use_from=now.date()
    )
    hour = {"start": now - timedelta(hours=1), "end": now, "kwh": Decimal("1.5"), "location": mark}
    month = {"valid_from": date(2020, 1 + len(mark) % 12, 1), "price": Decimal("0.3"), "currency": "EUR"}
    tariff = Tariff.objects.create(store=store, name=f"{mark} tariff", **month)
    TariffBand.objects.create(tariff=tariff, starts=time(22), ends=time(6), price=Decimal("0.2"))
    customer = Customer.objects.create(store=store, first_name=mark, last_name=mark, email="x@example.com")
    song = Product.objects.create(
        store=store, name=f"{mark} song", unit_price=Decimal("0.99"), tracks_stock=False
    )
    sold_before = shop.placed(store, who.user, (song, "1"), customer=customer, status=Status.COMPLETED)
    order = shop.placed(store, who.user, (song, "2"), customer=customer, note=mark)
    payment = paying.pay(sold_before, who, "0.90", mark, "OTHER")
    refund = paying.pay_back(payment, who, "0.10", mark)
    rule = AlertRule.objects.create(
        store=store, name=mark, metric="SPEND", comparison="ABOVE", threshold=Decimal(100)
    )
    rows = {
        "AlertRule": rule,
        "Alert": alarms.alert(
            store,
            label=mark,
            message=mark,
            silence=mark,
            merchant=merchant,
            rule=rule,
            contributors=[{"kind": "BILL", "key": bill.pk, "name": mark, "value": "1", "usual": "0"}],
        ),
        "Suggestion": alarms.suggestion(
            store,
            text=mark,
            figures={"merchant": mark},
            evidence=[
                {"kind": "BILL", "key": bill.pk, "name": mark, "label": mark, "value": "1", "unit": "EUR"}
            ],
        ),
        "Payment": payment,
        "Refund": refund,
        "Order": order,
        "Order:done": sold_before,
        "OrderLine": order.lines.get(),
        "OrderEvent": order.events.get(),
        "DeviceCategory": appliances,
        "Device": device,
        "Reading": Reading.objects.create(store=store, device=device, notes=mark, source=mark, **hour),
        "Tariff": tariff,
        "AnalysisSnapshot": Analysis.objects.create(
            store=store,
            period="WEEK",
            start="2026-05-04",
            end="2026-05-11",
            until="2026-05-11",
            currency="EUR",
            spend=1,
            bill_count=1,
            needs_review_count=0,
            revenue=1,
            order_count=1,
            energy_kwh=1,
            categories=[{"category": category.pk, "name": mark, "total": "1.00", "count": 1, "share": None}],
        ),
        "ReadingImport": ReadingImport.objects.create(
            store=store, user=who.user, device=device, filename=mark, error=mark, row_errors=[[2, mark]]
        ),
        "Brand": brand,
        "Brand:other": Brand.objects.create(store=store, name=f"{mark} other brand"),
        "Collection": collection,
        "Category:product": goods,
        "Product": product,
        "StockMove": StockMove.objects.get(product=product),
        "Shift": Shift.objects.create(
            store=store, user=who.user, clock_in=now - timedelta(hours=2), clock_out=now, note=mark
        ),
        "User:helper": helper,
        "User:working": working,
        "Customer": customer,
        "AuditEntry": AuditEntry.objects.get(store=store, action=f"{mark}.made"),
        "Invitation": invitation,
        "Membership": Membership.objects.get(user=helper),
        "User": who.user,
        "Store": store,
        "Category": category,
        "Category:other": Category.objects.create(store=store, name=f"{mark} other category"),
        "Merchant": merchant,
        "Merchant:other": books.merchant(store, f"{mark} other merchant"),
        "ReceiptUpload": upload,
        "ReceiptUpload:failed": books.upload(store, filename=mark, status=Upload.Status.FAILED),
        "Bill": bill,
        "Duplicate": Duplicate.objects.create(
            store=store,
            earlier=bill,
            later=books.bill(store, merchant_name=mark, category=category),
            score=Decimal("0.9"),
            reasons=["SAME_TOTAL"],
            resolved_by=who.user,
        ),
        "Bill:read": books.bill(
            store,
            merchant=merchant,
            merchant_name=mark,
            category=category,
            status=Bill.Status.NEEDS_REVIEW,
            date=None,
        ),
        "Bill:void": books.bill(store, merchant_name=mark, category=category, status=Bill.Status.VOID),
        "Item": books.item(
            bill, description=f"{mark} item", unit=mark[:20], evidence={**READ, "values": {"total": READ}}
        ),
    }
    return {name: ids.encode(name.partition(":")[0], row.pk) for name, row in rows.items()}


@dataclass(frozen=True)
class World:
    """Two stores of two people, each with a row of every type."""

    people: tuple[Person, Person]
    rows: Rows  # the owner's
    own: Rows  # the stranger's

    @property
    def owner(self) -> Person:
        return _again(self.people[0])

    @property
    def stranger(self) -> Person:
        return _again(self.people[1])


def _again(who: Person) -> Person:
    """Copy a person: what a test changes in memory is for itself alone."""
    return replace(who, user=copy.copy(who.user), store=copy.copy(who.store))


def two_stores() -> World:
    """Make the world that a module's tests share: `kept(two_stores)`."""
    owner, stranger = person("owner@example.com"), person("stranger@example.com")
    return World((owner, stranger), furnish(owner, MARK), furnish(stranger, OTHER_MARK))


def fill(template: Any, rows: Rows) -> Any:
    """Put ids in the places of a command's input that name rows."""
    if isinstance(template, dict):
        return {name: fill(value, rows) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, rows) for value in template]
    if isinstance(template, str) and template.startswith("@"):
        return FILES[template]() if template in FILES else rows[template[1:]]
    return template


def places(template: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """Find the places of a command's input that hold an id."""
    if isinstance(template, dict):
        for name, value in template.items():
            yield from places(value, *path, name)
    elif isinstance(template, list):
        for number, value in enumerate(template):
            yield from places(value, *path, number)
    elif isinstance(template, str) and template.startswith("@") and template not in FILES:
        yield path


def replaced(template: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """Copy a command's input with another value at one place."""
    if not place:
        return value
    changed = template.copy()
    changed[place[0]] = replaced(template[place[0]], place[1:], value)
    return changed


def at(template: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        template = template[step]
    return template


def picture(colour: str = "white") -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 60), colour).save(drawn, "PNG")
    return SimpleUploadedFile("receipt.png", drawn.getvalue(), content_type="image/png")


def table() -> SimpleUploadedFile:
    """Write a file that is good for every import."""
    return SimpleUploadedFile("table.csv", b"Name,Price,Email\nAna Reed,2.50,ana@example.com\n")


def sheet() -> SimpleUploadedFile:
    return SimpleUploadedFile("meter.csv", b"Date,kWh\n2026-01-01,2.5\n", content_type="text/csv")


def past() -> SimpleUploadedFile:
    return SimpleUploadedFile("bills.csv", b"Date,Merchant,Total,Item\n2026-01-01,Mill,2.50,Flour\n")


FILES = {FILE: picture, TABLE: table, SHEET: sheet, BILLS: past}


def carry_out(
    who: Person | None,
    name: str,
    input: dict[str, Any],
    *,
    headers: dict[str, str] | None = None,
    asked: str = "",
) -> Answer:
    """Send one mutation, its file as multipart where it has one; `asked` is asked of its payload besides."""
    asked = f"{name}(input: $input) {{ __typename userErrors {{ code field }} replayed {asked} }}"
    document = f"mutation ($input: {documents.input_of(name).name}!) {{ {asked} }}"
    sent = {**({"Authorization": f"Bearer {who.token}"} if who else {}), **(headers or {})}
    files = {"file": [input["file"]]} if input.get("file") else {"files": input.get("files") or []}
    sent_for = {name: None if name == "file" else [None] * len(sent) for name, sent in files.items() if sent}
    body = {"query": document, "variables": {"input": {**input, **sent_for}}}
    if sent_for:
        ((name, parts),) = files.items()
        places = [f"variables.input.{name}" + (f".{n}" if name == "files" else "") for n in range(len(parts))]
        named = {str(n): [place] for n, place in enumerate(places)}
        form = {
            "operations": json.dumps(body),
            "map": json.dumps(named),
            **{str(n): part for n, part in enumerate(parts)},
        }
        response = Client(headers={"X-Requested-With": "test", **sent}).post("/graphql/", form)
    else:
        response = Client(headers=sent).post("/graphql/", json.dumps(body), content_type="application/json")
    return Answer(response.status_code, json.loads(response.content), response.headers)


def refused(answer: Any, name: str) -> str:
    """Give the one code with which a command was refused, wherever it stands; empty when it was not."""
    codes = answer.codes or [error["code"] for error in answer.data[name]["userErrors"]]
    assert len(codes) <= 1, codes
    return codes[0] if codes else ""


def everything() -> dict[str, Any]:
    """Take down every row of every table and every stored file; but not how often something was tried."""
    rows = {model._meta.label: _rows(model) for model in apps.get_models() if model is not Tally}
    root = Path(settings.MEDIA_ROOT)
    return {**rows, "files": sorted(str(path) for path in root.rglob("*") if path.is_file())}


def _rows(model: Any) -> list[tuple[Any, ...]]:
    """Read a table as the database holds it, which takes a fraction of the time that objects take."""
    table, key = (connection.ops.quote_name(name) for name in (model._meta.db_table, model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
        return list(cursor.fetchall())
