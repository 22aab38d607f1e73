"""Fill a store to look at: sample receipts for the worker to read, and regular bills of the last weeks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from core import services
from core.models import Store, User
from core.stores import NewStore, open_store
from demo import power
from insights import advice, alerts
from receipts import bills, books, files, uploads
from receipts.models import Bill

SAMPLES = Path(__file__).parent / "samples"
DAYS = 63

MARKET = NewStore(
    name="Corner Market",
    type=Store.Type.GROCERY,
    address="Beispielweg 1, 10115 Berlin",
    timezone="Europe/Berlin",
    currency="EUR",
)
# Supplier, category, weekday (Monday is 0), lines with price; every week the same but for the season's price.
REGULAR: tuple[tuple[str, str, int, tuple[tuple[str, str], ...]], ...] = (
    (
        "Nordhof Dairy",
        "groceries",
        0,
        (("Milk 1 l, crate of 12", "11.88"), ("Butter 250 g, box of 10", "21.50")),
    ),
    ("Havelland Dairy", "groceries", 5, (("Milk 1 l, crate of 12", "13.80"),)),
    ("Kastanie Bakery", "groceries", 2, (("Rye bread, 20 loaves", "44.00"), ("Rolls, tray of 60", "18.00"))),
    ("Gruenfeld Produce", "groceries", 4, (("Apples 10 kg", "14.90"), ("Potatoes 25 kg", "17.25"))),
    ("Havel Packaging", "office", 1, (("Paper bags, box of 500", "26.40"),)),
)
# What the nights shall find: a charge that comes twice a month, and yesterday's price of butter.
TWICE = ("Kassenfunk Terminals", "services", (3, 17), ("Card terminal, monthly fee", "19.90"))
DEARER = ("Nordhof Dairy", "groceries", ("Butter 250 g, box of 10", "27.40"))


def fill() -> Store | None:
    """Open the demo account and its store, all or nothing; None when it is there already."""
    if Bill.objects.filter(store__members__email=settings.DEMO_LOGIN).exists():
        return None
    kept = [  # before the transaction: files of a start that breaks off are swept, or found by the next
        files.keep(file=ContentFile(path.read_bytes()), filename=path.name)
        for path in sorted(SAMPLES.iterdir())
        if path.suffix != ".json"
    ]
    return _open(kept)


@transaction.atomic
def _open(kept: list[files.Kept]) -> Store:
    owner = User.objects.by_login(settings.DEMO_LOGIN)
    if owner is None:
        account = services.NewAccount(
            email=settings.DEMO_LOGIN, password=settings.DEMO_PASSWORD, first_name="Demo", store=MARKET
        )
        owner, _ = services.register(account=account, verified=True)
        store: Store = owner.stores.get()
    else:  # an import of the music shop has opened the account
        store = open_store(owner=owner, new=MARKET)
    enter_regular_bills(store=store, by=owner, today=books.today(store))
    enter_what_is_to_be_found(store=store, by=owner, today=books.today(store))
    power.enter(store=store, by=owner, today=books.today(store), days=DAYS)
    yesterday = {store.pk: books.today(store) - timedelta(days=1)}
    alerts.keep(stores=[store], days=yesterday)
    advice.renew(stores=[store], days=yesterday)
    for sample in kept:
        uploads.take_in(store=store, by=owner, kept=sample)
    return store


@transaction.atomic
def reset() -> None:
    """Remove the demo account with its stores and all that is in them."""
    owner = User.objects.by_login(settings.DEMO_LOGIN)
    if owner is not None:
        owner.stores.all().delete()
        owner.delete()


def enter_regular_bills(*, store: Store, by: User, today: date) -> None:
    """Enter what the regular suppliers have delivered in the weeks before `today`."""
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        for merchant, category, weekday, lines in REGULAR:
            if day.weekday() == weekday:
                rise = Decimal(100 + day.toordinal() // 7 % 5) / 100
                items = tuple(
                    bills.NewItem(description=text, total=(Decimal(price) * rise).quantize(Decimal("0.01")))
                    for text, price in lines
                )
                _enter(store, by, merchant, category, day, items)


def enter_what_is_to_be_found(*, store: Store, by: User, today: date) -> None:
    """Enter what raises an alert, and what a suggestion is made of."""
    merchant, category, days, line = TWICE
    for back in range(130, 0, -1):
        day = today - timedelta(days=back)
        if day.day in days:
            _enter(store, by, merchant, category, day, (_item(*line),))
    merchant, category, line = DEARER
    _enter(store, by, merchant, category, today - timedelta(days=1), (_item(*line),))


def _item(text: str, price: str) -> bills.NewItem:
    return bills.NewItem(description=text, total=Decimal(price))


def _enter(
    store: Store, by: User, merchant: str, category: str, day: date, items: tuple[bills.NewItem, ...]
) -> None:
    total = sum((item.total or Decimal(0) for item in items), Decimal(0))
    new = bills.NewBill(
        merchant_name=merchant, date=day, total=total, category=books.built_in(category), items=items
    )
    bills.create(store=store, by=by, new=new)
