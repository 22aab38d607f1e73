"""Random books of two stores, and what they come to by a plain loop over their raw rows.

Zones around the changes of their clocks, any first day of the week, voids, refunds, cancellations, foreign
currencies, unknown totals and times, spellings, readings over midnight, and time in which nothing happens.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog.models import Brand, Category, Product
from core.models import Store
from core.ranges import Days
from energy.models import Device, DeviceCategory, Reading, Tariff, TariffBand
from insights.metrics import Dimension, Grain, Key, Metric, Start
from receipts import rollups
from receipts.models import Bill, Item, Merchant
from sales.models import Customer, Order, OrderLine

D, M = Dimension, Metric
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Kiritimati"]
ZONES += ["Asia/Kathmandu", "America/Sao_Paulo"]
# Days on which the clocks of those zones change, a leap day, and the ends of months and years.
ANCHORS = [date(2024, 3, 10), date(2024, 3, 31), date(2024, 4, 7), date(2024, 10, 6), date(2024, 11, 3)]
ANCHORS += [date(2024, 2, 29), date(2024, 12, 31), date(2018, 11, 4)]
SPELLINGS = ["Milk", "milk", " MILK ", "Oat  milk", "oat MILK", "", " ", "Ünder", "ünder"]
NAMES = ["Corner Shop", "corner  shop", "BÄCKER", "Bäcker", "", " "]
QUARTER = timedelta(minutes=15)
CLOSED = ["COMPLETED"] * 5 + ["REFUNDED", "CANCELLED"]
CENT = Decimal("0.01")


@dataclass
class Atom:
    """One raw row, or a quarter of an hour of a reading, as it counts in a metric."""

    day: date
    hour: int | None = None
    instant: datetime | None = None  # at which its hour begins
    currency: str = ""
    value: Decimal = Decimal(0)
    base: Decimal = Decimal(0)
    keys: dict[Dimension, Key] = field(default_factory=dict)
    once: int | None = None  # of rows of one number and group only the first counts


@dataclass
class Ledger:
    """The raw rows of one store."""

    store: Store
    anchor: date
    bills: list[tuple[Bill, list[Item]]] = field(default_factory=list)
    orders: list[tuple[Order, list[OrderLine]]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    prices: list[tuple[date, Decimal, Decimal | None]] = field(default_factory=list)  # from, usual, at night

    @property
    def zone(self) -> ZoneInfo:
        return self.store.zone


def ledgers(seed: int) -> tuple[Ledger, Ledger]:
    """Write the random books of two stores."""
    chance = random.Random(seed)
    anchor = chance.choice(ANCHORS)
    return _ledger(chance, anchor, seed * 2), _ledger(chance, anchor, seed * 2 + 1)


def _ledger(chance: random.Random, anchor: date, number: int) -> Ledger:
    store = Store.objects.create(
        name=f"Store {number}",
        timezone=chance.choice(ZONES),
        currency=chance.choice(["EUR", "JPY"]),
        week_start=chance.randrange(7),
    )
    ledger = Ledger(store, anchor)
    if chance.random() < 0.9:  # a store without any product, bill or device is one too
        products = _products(chance, store)
        _buy(chance, ledger, products)
        _sell(chance, ledger, products)
        _use(chance, ledger)
    return ledger


def _products(chance: random.Random, store: Store) -> list[Product]:
    categories = [Category.objects.create(store=store, name=f"Kind {n}", kind="PRODUCT") for n in range(2)]
    brands = [Brand.objects.create(store=store, name=f"Brand {n}") for n in range(2)]
    return [
        Product.objects.create(
            store=store,
            name=f"Product {n}",
            unit_price=Decimal("2.50"),
            cost=chance.choice([None, Decimal("0.33"), Decimal("1.99"), Decimal("0.00")]),
            category=chance.choice([None, *categories]),
            brand=chance.choice([None, *brands]),
        )
        for n in range(4)
    ]


def _money(chance: random.Random) -> Decimal:
    return Decimal(
        chance.choice([0, 10, 299_999_999_999_99, *(chance.randrange(1, 20_000) for _ in range(9))])
    ).scaleb(-2)


def _quantity(chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(1, 5000)).scaleb(-3)


def _currency(chance: random.Random, store: Store) -> str:
    return chance.choice([store.currency] * 4 + ["USD"])


def _day(chance: random.Random, anchor: date) -> date:
    return anchor + timedelta(
        days=chance.choice([0, 0, 1, -1, chance.randint(-9, 9), chance.randint(-70, 40)])
    )


def _buy(chance: random.Random, ledger: Ledger, products: list[Product]) -> None:
    store = ledger.store
    categories = [Category.objects.create(store=store, name=f"Cost {n}") for n in range(3)]
    merchants = [Merchant.objects.create(store=store, name=f"Merchant {n}") for n in range(2)]
    for _ in range(chance.randrange(14)):
        bill = Bill.objects.create(
            store=store,
            booked_on=_day(chance, ledger.anchor),
            time=chance.choice([None, time(chance.randrange(24), 30)]),
            currency=_currency(chance, store),
            date=chance.choice([None, ledger.anchor]),
            total=chance.choice([None, *(_money(chance) for _ in range(5))]),
            tax=chance.choice([None, Decimal("0.10"), _money(chance)]),
            status=chance.choice(["VOID", "NEEDS_REVIEW", "CONFIRMED", "CONFIRMED"]),
            source="MANUAL",
            category=chance.choice(categories),
            merchant=chance.choice([None, None, *merchants]),
            merchant_name=chance.choice(NAMES),
        )
        items = [
            Item(
                bill=bill,
                position=n,
                description=chance.choice(SPELLINGS),
                quantity=chance.choice([Decimal(0), Decimal(1), _quantity(chance)]),
                unit=chance.choice(["", "kg"]),
                total=chance.choice([None, *(_money(chance) for _ in range(3))]),
                category=bill.category,
                product=chance.choice([None, *products]),
            )
            for n in range(chance.randrange(4))
        ]
        ledger.bills.append((bill, Item.objects.bulk_create(items)))
        rollups.enter([bill], items)


def _sell(chance: random.Random, ledger: Ledger, products: list[Product]) -> None:
    store = ledger.store
    customers = [Customer.objects.create(store=store, first_name=f"Customer {n}") for n in range(2)]
    midnight = datetime.combine(ledger.anchor, time(), UTC)
    for number in range(chance.randrange(14)):
        hours = chance.choice(
            [chance.randint(-14, 26), chance.randint(-240, 240), chance.randint(-1700, 900)]
        )
        at = midnight + timedelta(hours=hours, minutes=chance.randrange(60), seconds=chance.randrange(60))
        lines = [
            OrderLine(
                position=n,
                product=(product := chance.choice(products)),
                name=product.name,
                quantity=_quantity(chance),
                unit_price=Decimal(1),
                total=_money(chance),
            )
            for n in range(chance.randrange(4))
        ]
        status = chance.choice([*CLOSED, "PENDING"])
        order = Order.objects.create(
            store=store,
            number=number + 1,
            status=status,
            currency=_currency(chance, store),
            channel=chance.choice(["COUNTER", "ONLINE"]),
            customer=chance.choice([None, *customers]),
            total=sum((line.total for line in lines), Decimal("0.00")),
            placed_at=at - timedelta(minutes=chance.randrange(90)),
            closed_at=None if status == "PENDING" else at,
        )
        for line in lines:
            line.order = order
        ledger.orders.append((order, OrderLine.objects.bulk_create(lines)))


def _use(chance: random.Random, ledger: Ledger) -> None:
    """Write readings whose amounts part evenly by the quarter of an hour, so that nothing is rounded."""
    store = ledger.store
    kind = DeviceCategory.objects.create(store=store, name="Cooling")
    for number, length in enumerate([QUARTER, timedelta(hours=1), timedelta(hours=31)]):
        device = Device.objects.create(
            store=store,
            name=f"Device {number}",
            category=chance.choice([None, kind]),
            in_use_from="2020-01-01",
        )
        at = datetime.combine(ledger.anchor, time(), UTC) - timedelta(hours=chance.randrange(40))
        for _ in range(chance.randrange(3, 30) if length < timedelta(days=1) else 3):
            ledger.readings.append(
                Reading(
                    store=store,
                    device=device,
                    start=at,
                    end=at + length,
                    kwh=Decimal(chance.randrange(60_000) * (length // QUARTER)).scaleb(-6),
                    quality=chance.choice(["MEASURED", "MEASURED", "CORRECTED", "ESTIMATED"]),
                )
            )
            at += length + chance.choice([timedelta(0), length, timedelta(days=2)])
    ledger.readings = Reading.objects.bulk_create(ledger.readings)
    for days in chance.sample(range(-5, 5), chance.randrange(3)):
        start, night = ledger.anchor + timedelta(days=days), chance.choice([None, Decimal("0.1")])
        tariff = Tariff.objects.create(store=store, valid_from=start, price="0.3", currency=store.currency)
        if night is not None:
            TariffBand.objects.create(tariff=tariff, starts="22:00", ends="06:00", price=night)
        ledger.prices.append((start, Decimal("0.3"), night))
    ledger.prices.sort()


def expected(
    ledger: Ledger, days: Days, metric: Metric, dimension: Dimension | None = None, grain: Grain | None = None
) -> dict[tuple[Start, Key, str], tuple[Decimal, Decimal]]:
    """Add up what counts, by step, group and currency: the value, and what it stands on."""
    found: dict[tuple[Start, Key, str], tuple[Decimal, Decimal]] = {}
    seen = set()
    for atom in _atoms(ledger, metric, dimension, grain):
        if not days.start <= atom.day < days.end:
            continue
        key = _key(atom, dimension)
        place = (_start(atom, grain, ledger.store), key, atom.currency)
        if atom.once is not None and (atom.once, place) in seen:
            continue
        seen.add((atom.once, place))
        value, base = found.get(place, (Decimal(0), Decimal(0)))
        found[place] = value + atom.value, base + atom.base
    return found


def _key(atom: Atom, dimension: Dimension | None) -> Key:
    if dimension is None:
        return None
    if dimension is D.WEEKDAY:
        return atom.day.weekday()
    return atom.hour if dimension is D.HOUR else atom.keys[dimension]


def _start(atom: Atom, grain: Grain | None, store: Store) -> Start:
    if grain is Grain.HOUR:
        return atom.instant
    if grain is Grain.WEEK:
        return next(
            day for n in range(7) if (day := atom.day - timedelta(days=n)).weekday() == store.week_start
        )
    if grain is Grain.MONTH:
        return date(atom.day.year, atom.day.month, 1)
    return atom.day if grain else None


def _atoms(
    ledger: Ledger, metric: Metric, dimension: Dimension | None, grain: Grain | None
) -> Iterator[Atom]:
    if metric in (M.ENERGY_KWH, M.ENERGY_COST):
        fine = dimension is D.HOUR or grain is Grain.HOUR
        return _energy(ledger, metric, fine)
    if metric is M.UNIT_PRICE:
        return _bought(ledger, priced=True)
    if metric is M.SPEND:
        of_items = dimension in (D.ITEM, D.PRODUCT, D.BRAND, D.COLLECTION)
        return _bought(ledger) if of_items else _bills(ledger)
    return _sold(ledger, metric, by_line=dimension in (D.CATEGORY, D.PRODUCT, D.BRAND, D.COLLECTION))


def _spelt(text: str) -> str | None:
    return " ".join(text.split()).casefold() or None


def _bills(ledger: Ledger) -> Iterator[Atom]:
    for bill, _ in ledger.bills:
        if bill.status != "VOID":
            keys: dict[Dimension, Key] = {
                D.CATEGORY: bill.category_id,
                D.MERCHANT: bill.merchant_id or _spelt(bill.merchant_name),
            }
            hour = None if bill.time is None else bill.time.hour
            yield Atom(
                bill.booked_on, hour, currency=bill.currency, value=bill.total or Decimal(0), keys=keys
            )


def _bought(ledger: Ledger, *, priced: bool = False) -> Iterator[Atom]:
    for bill, items in ledger.bills:
        for item in items:
            if bill.status == "VOID" or (priced and (item.total is None or not item.quantity)):
                continue
            yield Atom(
                bill.booked_on,
                None if bill.time is None else bill.time.hour,
                currency=bill.currency,
                value=item.total or Decimal(0),
                base=item.quantity if priced else Decimal(0),
                keys=_product_keys(item.product)
                | {
                    D.ITEM: _spelt(
                        f"{item.description} / {item.unit}".removesuffix(" / ")
                        if priced
                        else item.description
                    )
                },
            )


def _product_keys(product: Product | None) -> dict[Dimension, Key]:
    return {
        D.PRODUCT: product and product.pk,
        D.BRAND: product and product.brand_id,
        D.COLLECTION: product and product.collection_id,
        D.CATEGORY: product and product.category_id,
    }


def _sold(ledger: Ledger, metric: Metric, *, by_line: bool) -> Iterator[Atom]:
    for order, lines in ledger.orders:
        if order.status != "COMPLETED":
            continue
        local = order.closed_at.astimezone(ledger.zone)
        instant = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        told: dict[str, Any] = {"hour": local.hour, "instant": instant, "currency": order.currency}
        of_order: dict[Dimension, Key] = {D.CUSTOMER: order.customer_id, D.CHANNEL: order.channel}
        if metric in (M.REVENUE, M.ORDERS) and not by_line:
            value = order.total if metric is M.REVENUE else Decimal(1)
            yield Atom(local.date(), value=value, keys=of_order, **told)
            continue
        for line in lines:
            keys = of_order | _product_keys(line.product)
            if metric is M.ORDERS:
                yield Atom(local.date(), value=Decimal(1), keys=keys, once=order.pk, **told)
            elif metric is not M.PROFIT:
                value = line.total if metric is M.REVENUE else line.quantity
                yield Atom(local.date(), value=value, keys=keys, **told)
            elif line.product.cost is not None:
                value = line.total - line.quantity * line.product.cost
                yield Atom(local.date(), value=value, base=line.total, keys=keys, **told)


def _energy(ledger: Ledger, metric: Metric, fine: bool) -> Iterator[Atom]:
    for reading in ledger.readings:
        length = reading.end - reading.start
        if reading.quality == "ESTIMATED" or (fine and length > timedelta(hours=1)):
            continue
        kwh, at = reading.kwh / (length // QUARTER), reading.start
        device = reading.device
        keys: dict[Dimension, Key] = {D.DEVICE: device.pk, D.DEVICE_CATEGORY: device.category_id}
        while at < reading.end:
            local = at.astimezone(ledger.zone)
            instant = local.replace(minute=0).astimezone(UTC)
            atom = Atom(local.date(), local.hour, instant, value=kwh, keys=keys)
            if metric is M.ENERGY_COST:
                price = _price(ledger, local)
                atom.currency = ledger.store.currency
                atom.value, atom.base = kwh * (price or 0), Decimal(0 if price is None else "0.25")
            yield atom
            at += QUARTER


def _price(ledger: Ledger, local: datetime) -> Decimal | None:
    held = [price for price in ledger.prices if price[0] <= local.date()]
    if not held:
        return None
    _, usual, night = held[-1]
    return usual if night is None or 6 <= local.hour < 22 else night


def groups(found: Any) -> dict[tuple[Start, Key, str], tuple[Decimal, Decimal]]:
    """Put the window's rows into the form of `expected`."""
    made = defaultdict(list)
    for row in found:
        made[row.start, row.key, row.currency].append((row.value, row.base))
    assert all(len(rows) == 1 for rows in made.values())
    return {place: rows[0] for place, rows in made.items()}
