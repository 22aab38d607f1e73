"""The sums of what was spent: true after whatever is done to bills, and the same as the bills themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Category, Product
from core import tables
from core.models import Store
from core.ranges import Days, pieces, rounded
from insights import breakdowns, series
from insights.metrics import Dimension, Metric, every
from insights.series import rolled
from receipts import bill_rows, bills, imports, posting, purchases, recount, rollups, sorting
from receipts.books import built_in
from receipts.draft import Draft, Line, Reading
from receipts.models import Bill, Item, Merchant, SpendDay, SpendGroup, Upload
from tests import books
from tests.conftest import Person
from tests.races import race
from tests.receipts.test_posting import claimed

FIRST = date(2024, 1, 1)
NAMES = ("Corner Bakery", "corner  bakery", "Élan", "")
SPELLINGS = ("Milk", "MILK", " milk", "Straße", "Käse 2 kg")


class Shopkeeper:
    """Does to the books of a store what people and workers do, by chance."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.store, self.by, self.chance = person.store, person.user, chance
        self.kinds = [Category.objects.create(store=self.store, name=f"Kind {n}") for n in range(3)]
        self.products = [
            Product.objects.create(store=self.store, name=f"Product {n}", unit_price=1) for n in range(2)
        ]
        self.uploads: list[Upload] = []

    def act(self) -> None:
        acts: tuple[Callable[[], Any], ...] = (
            self.enter, self.enter, self.change, self.change, self.void, self.restore, self.confirm, self.add,
            self.correct, self.strike, self.link, self.bring, self.read, self.read_again, self.merge,
        )  # fmt: skip
        self.chance.choice(acts)()

    def enter(self) -> None:
        bills.create(store=self.store, by=self.by, new=self._new())

    def change(self) -> None:
        changes = {
            "total": self._money(), "date": self._day(), "currency": self.chance.choice(["EUR", "USD"]),
            "merchant_name": self.chance.choice(NAMES), "category": self.chance.choice(self._kinds()),
        }  # fmt: skip
        some = self.chance.sample(sorted(changes), self.chance.randint(1, 3))
        for bill in self._bills(exclude=Bill.Status.VOID):
            bills.update(bill=bill, by=self.by, changes={name: changes[name] for name in some})

    def void(self) -> None:
        for bill in self._bills():
            bills.void(bill=bill, by=self.by)

    def restore(self) -> None:
        for bill in self._bills(status=Bill.Status.VOID):
            bills.restore(bill=bill, by=self.by)

    def confirm(self) -> None:
        for bill in self._bills(exclude=Bill.Status.VOID):
            bills.confirm(bill=bill, by=self.by)

    def add(self) -> None:
        for bill in self._bills(exclude=Bill.Status.VOID):
            bills.add_item(bill=bill, by=self.by, new=self._line())

    def correct(self) -> None:
        changes = {
            "description": self.chance.choice(SPELLINGS),
            "total": self._money(),
            "quantity": Decimal("0.5"),
        }
        for item in self._items():
            bills.update_item(item=item, by=self.by, changes=changes)

    def strike(self) -> None:
        for item in self._items():
            bills.remove_item(item=item, by=self.by)

    def link(self) -> None:
        for item in self._items():
            purchases.link(item=item, product=self.chance.choice([None, *self.products]), by=self.by)

    def bring(self) -> None:
        text = f"merchant,date,total,item,item total\nBäcker,{self._day() or FIRST},3.10,Milk,3.10\n"
        table = tables.read(file=ContentFile(text.encode(), "bills.csv"), names=bill_rows.NAMES)
        imports.import_bills(store=self.store, by=self.by, table=table)

    def read(self) -> None:
        self.uploads.append(books.upload(self.store))
        self._post(self.uploads[-1])

    def read_again(self) -> None:
        if self.uploads:
            self._post(self.chance.choice(self.uploads))

    def merge(self) -> None:
        if len(self._kinds()) > 1:
            source, into = self.chance.sample(self._kinds(), 2)
            sorting.merge_categories(source=source, into=into, by=self.by)
        merchants = list(Merchant.objects.of(self.store))
        if len(merchants) > 1:
            one, other = self.chance.sample(merchants, 2)
            sorting.merge_merchants(source=one, into=other, by=self.by)

    def _post(self, upload: Upload) -> None:
        drafts = tuple(
            Draft(
                part=part, merchant=self.chance.choice(NAMES) or None, date=self._day(), total=self._money(),
                items=tuple(
                    Line(description=self.chance.choice(SPELLINGS), total=self._money()) for _ in range(2)
                ),
            )
            for part in range(1, self.chance.randint(2, 4))
        )  # fmt: skip
        reading = Reading(reader="local", drafts=drafts, raw={})
        posting.post(upload=claimed(upload), reading=reading, duration_ms=1)

    def _new(self) -> bills.NewBill:
        return bills.NewBill(
            merchant_name=self.chance.choice(NAMES), date=self._day(), total=self._money(),
            category=self.chance.choice(self._kinds()), items=(self._line(), self._line()),
            source=self.chance.choice([Bill.Source.CLIENT, Bill.Source.MANUAL]),
        )  # fmt: skip

    def _line(self) -> bills.NewItem:
        return bills.NewItem(
            description=self.chance.choice(SPELLINGS), total=self._money(), quantity=Decimal("1.250")
        )

    def _bills(self, exclude: str = "", **of: Any) -> list[Bill]:
        found = list(Bill.objects.of(self.store).filter(**of).exclude(status=exclude).order_by("pk"))
        return [self.chance.choice(found)] if found else []

    def _items(self) -> list[Item]:
        found = list(Item.objects.of(self.store).exclude(bill__status=Bill.Status.VOID).order_by("pk"))
        return [self.chance.choice(found)] if found else []

    def _kinds(self) -> list[Category]:
        return list(Category.objects.of(self.store).order_by("pk"))

    def _day(self) -> date | None:
        return self.chance.choice([None, *(FIRST + timedelta(days=n * 97) for n in range(9))])

    def _money(self) -> Decimal | None:
        return self.chance.choice(
            [None, Decimal("0.10"), Decimal("-4.35"), Decimal("19.99"), Decimal("299999999999.99")]
        )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_bills_after_whatever_is_done_to_them(
    owner: Person, stranger: Person, seed: int
) -> None:
    chance = random.Random(seed)
    keepers = [Shopkeeper(person, chance) for person in (owner, stranger)]
    for _ in range(40):
        chance.choice(keepers).act()
    assert [recount.drift(keeper.store) for keeper in keepers] == [[], []]
    assert Bill.objects.of(owner.store).counted().exists()
    _same_by_any_range(owner.store, chance)


def _same_by_any_range(store: Store, chance: random.Random) -> None:
    """Compare what is kept with one statement over all bills of the range."""
    for _ in range(8):
        start = FIRST + timedelta(days=chance.randrange(700))
        span = Days(start, start + timedelta(days=chance.choice([1, 31, 60, 366, 800])))
        for by in rolled.By:
            live: dict[Any, int] = {}
            for row in rolled._live([{store.pk: span}], by, monthly=False):
                live[row.key, row.name, row.currency] = row.units
            kept: dict[Any, int] = {}
            for row in rolled.groups({store.pk: span}, by):
                place = (row.key, row.name, row.currency)
                kept[place] = kept.get(place, 0) + row.units
            assert kept == live
            assert _said(store, span, by, first=None) == _said(store, span, by, first=2)
        of_days = rolled.days({store.pk: span}).aggregate(Sum("count"))["count__sum"] or 0
        within = {"booked_on__gte": span.start, "booked_on__lt": span.end}
        assert of_days == Bill.objects.of(store).counted().filter(**within).count()


def _said(store: Store, span: Days, by: str, *, first: int | None) -> Any:
    """Say what the two largest groups are, and the rest, by all groups or by no more than must be told."""
    spend, dimension = Metric.SPEND, Dimension(by)
    rows = series.totals(spans={store: span}, metric=spend, dimension=dimension, first=first)[store.pk]
    own = breakdowns.own(store.currency, rows)
    return (
        breakdowns.groups_of(spend, dimension, own, None, first=2, steps=None),
        breakdowns.whole_of(spend, own, None),
        breakdowns.others_of(spend, store.currency, rows),
    )


@given(start=st.dates(date(2019, 1, 1), date(2026, 1, 1)), length=st.integers(0, 1500))
def test_a_range_is_cut_into_years_months_and_days_that_make_it_up_again(start: date, length: int) -> None:
    whole = Days(start, start + timedelta(days=length))
    cut = pieces(whole)
    parts = sorted((*cut.years, *cut.months, *cut.days), key=lambda part: part.start)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert not parts or Days(parts[0].start, parts[-1].end) == whole
    assert all(day.day == 1 for part in (*cut.years, *cut.months) for day in (part.start, part.end))
    assert all(day.month == 1 for part in cut.years for day in (part.start, part.end))
    assert sum((part.end - part.start).days for part in cut.days) <= (
        30 + 30 if cut.years or cut.months else 61
    )


@given(start=st.dates(date(2019, 1, 1), date(2026, 1, 1)), length=st.integers(0, 1500))
def test_a_year_less_some_months_is_as_much_as_its_other_months(start: date, length: int) -> None:
    cut = pieces(Days(start, start + timedelta(days=length)))
    round = rounded(cut)

    def months(*spans: Days) -> list[date]:
        return sorted(day for span in spans for day in every(span) if day.day == 1)

    assert sorted([*months(*round.years, *round.months)]) == sorted(
        [*months(*cut.years, *cut.months), *months(*round.surplus)]
    )
    assert all(day.month == day.day == 1 for part in round.years for day in (part.start, part.end))
    assert len(months(*round.months, *round.surplus)) <= min(12, len(months(*cut.months)))


@pytest.mark.django_db
def test_sums_that_were_passed_by_are_found_and_counted_anew(owner: Person, stranger: Person) -> None:
    bill = books.bill(owner.store)
    books.bill(stranger.store)
    call_command("rebuild_rollups", "--verify", stderr=StringIO())
    Bill.objects.filter(pk=bill.pk).update(total=Decimal("11.00"))
    SpendDay.objects.filter(store=stranger.store).delete()
    with pytest.raises(CommandError, match="sums are wrong"):
        call_command("rebuild_rollups", "--verify", stderr=StringIO())
    with pytest.raises(CommandError, match="sums are wrong"):
        call_command("rebuild_rollups", "--verify", "--store", str(owner.store.pk), stderr=StringIO())
    call_command("rebuild_rollups", stderr=StringIO())
    call_command("rebuild_rollups", "--verify", stderr=StringIO())
    assert SpendDay.objects.get(store=owner.store).units == 1100
    assert SpendGroup.objects.filter(store=stranger.store).exists()


@pytest.mark.django_db
def test_a_refused_act_leaves_the_sums_alone(owner: Person) -> None:
    bill = books.bill(owner.store)
    bills.void(bill=bill, by=owner.user)
    before = rollups.kept(owner.store)
    with pytest.raises(bills.Refused):
        bills.update(bill=bill, by=owner.user, changes={"total": Decimal(7)})
    assert rollups.kept(owner.store) == before
    assert recount.drift(owner.store) == []


@pytest.mark.django_db(transaction=True)
def test_bills_that_many_enter_and_void_at_once_are_each_counted_once(owner: Person) -> None:
    shared = books.bill(owner.store)

    def enter() -> None:
        for n in range(5):
            new = bills.NewBill(
                merchant_name="Corner Bakery", date=FIRST, total=Decimal("1.10"), category=built_in("groceries"),
                items=tuple(bills.NewItem(description=f"Line {(n + m) % 4}", total=Decimal("0.55")) for m in range(2)),
            )  # fmt: skip
            bills.create(store=owner.store, by=owner.user, new=new)

    def void() -> None:
        bills.void(bill=Bill.objects.get(pk=shared.pk), by=owner.user)

    assert race(enter, void, enter, void, enter) == [None] * 5
    assert recount.drift(owner.store) == []
    assert SpendDay.objects.get(store=owner.store, booked_on=FIRST).count == 15
