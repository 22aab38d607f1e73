"""Bills that may be one: found with reasons, told, and left to a person."""

from __future__ import annotations

import io
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from core.roles import Role
from receipts import bills
from receipts.alike import NEAR_BITS, nearest_looks
from receipts.draft import Draft, Line
from receipts.engine.looks import looks_of
from receipts.models import Bill, Duplicate
from schema import ids
from tests import papers, readings
from tests.conftest import Person, person
from tests.ledger import audited, everything

PAIRS = """query ($filter: DuplicateFilter) { me { stores { duplicates(filter: $filter) { totalCount nodes {
  id score status reasons bits earlier { id } later { id } } } } } }"""
RESOLVE = """mutation ($duplicate: ID!, $resolution: DuplicateResolution!, $key: String) {
  resolveDuplicate(input: {duplicate: $duplicate, resolution: $resolution, idempotencyKey: $key}) {
    duplicate { status earlier { status } later { status } resolvedBy { email } } replayed userErrors { code field } } }"""


def paper(**values: Any) -> Draft:
    given: dict[str, Any] = {
        "merchant": "Corner Bakery",
        "date": date(2026, 5, 4),
        "total": Decimal("8.00"),
        "items": (Line(description="Rye bread", total=Decimal("8.00")),),
        **values,
    }
    return Draft(**given)


def enter(who: Person, **values: Any) -> Bill:
    looks = values.pop("looks", ())
    return readings.posted(who, paper(**values), looks=looks)[0]


def pairs(ask: Any, who: Person, **filter: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(who, PAIRS, filter=filter or None).data["me"]["stores"][0][
        "duplicates"
    ]["nodes"]
    return found


def duplicate_check(bill: Bill) -> dict[str, Any]:
    bill.refresh_from_db()
    (found,) = [check for check in bill.checks if check["key"] == "duplicate"]
    return dict(found)


def the_id(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


# --- By what they say


def test_the_same_facts_are_told_on_both_bills_and_nothing_is_voided(owner: Person, ask: Any) -> None:
    first, second = enter(owner, number="A-17"), enter(owner, number="A 17")
    (pair,) = pairs(ask, owner)
    assert (pair["earlier"]["id"], pair["later"]["id"]) == (the_id(first), the_id(second))
    assert pair["reasons"] == ["SAME_NUMBER", "SAME_TOTAL", "SAME_MERCHANT", "SAME_DATE"]
    assert (Decimal(pair["score"]) > Decimal("0.95"), pair["status"], pair["bits"]) == (True, "OPEN", None)
    for bill in (first, second):
        check = duplicate_check(bill)
        assert (check["ok"], check["found"]) == (False, "Corner Bakery, 2026-05-04, 8.00 EUR")
        assert bill.status == Bill.Status.NEEDS_REVIEW
        assert bill.risk > Decimal("0.8")


@pytest.mark.parametrize(
    "values",
    [
        {"number": "A-18"},
        {"time": time(9, 31)},
        {"total": Decimal("8.10")},
        {"currency": "USD"},
        {"date": date(2026, 5, 5)},
        {"merchant": "Corner Butcher"},
    ],
    ids=lambda values: str(next(iter(values))),
)
def test_one_fact_that_differs_makes_two_bills(owner: Person, values: dict[str, Any]) -> None:
    one = {"number": "A-17", "time": time(9, 30)} if values.keys() & {"number", "time"} else {}
    enter(owner, **one)
    bill = enter(owner, **values)
    assert not Duplicate.objects.exists()
    assert duplicate_check(bill)["ok"] is True


def test_two_receipts_on_one_photo_are_two_bills(owner: Person) -> None:
    readings.posted(owner, paper(part=1), paper(part=2))
    assert not Duplicate.objects.exists()


def test_bills_of_two_stores_are_never_one(owner: Person, stranger: Person) -> None:
    enter(owner, number="A-17")
    enter(stranger, number="A-17")
    assert not Duplicate.objects.exists()


def test_a_correction_ends_a_pair_and_brings_one(owner: Person, ask: Any) -> None:
    first, second = enter(owner), enter(owner, total=Decimal("9.00"))
    bills.update(bill=second, by=owner.user, changes={"total": Decimal("8.00")})
    assert len(pairs(ask, owner)) == 1
    bills.update(bill=second, by=owner.user, changes={"total": Decimal("9.00")})
    assert pairs(ask, owner) == []
    assert duplicate_check(first)["ok"] is duplicate_check(second)["ok"] is True


def test_a_bill_by_hand_beside_its_receipt_is_told(owner: Person) -> None:
    enter(owner)
    new = bills.NewBill(merchant_name="Corner Bakery", date=date(2026, 5, 4), total=Decimal("8.00"))
    bills.create(store=owner.store, by=owner.user, new=new)
    assert Duplicate.objects.count() == 1


def test_the_pairs_of_many_bills_are_one_statement(owner: Person, ask: Any, statements: Any) -> None:
    document = "{ me { stores { bills { nodes { duplicates { id earlier { id } } } } } } }"
    enter(owner), enter(owner)
    with statements() as two:
        ask(owner, document)
    for _ in range(3):
        enter(owner)
    with statements() as five:
        found = ask(owner, document).data["me"]["stores"][0]["bills"]["nodes"]
    assert [len(bill["duplicates"]) for bill in found] == [4] * 5
    assert len(five) == len(two)


# --- By what they look like


def drawn(seed: int) -> Image.Image:
    picture = Image.new("RGB", (400, 640), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(24):  # lines of text as far as a glance sees them
        start, length = 20 + (seed * 37 + row * 53) % 120, 60 + (seed * 91 + row * row * 29) % 200
        draw.rectangle((start, 20 + row * 25, start + length, 30 + row * 25), fill="black")
    return picture


def photographed_again(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    tilted = picture.rotate(2, Image.Resampling.BICUBIC, fillcolor="white")
    cut = tilted.crop((8, 12, width - 6, height - 15)).resize((300, 470))
    return ImageEnhance.Brightness(cut).enhance(0.85)


def content(picture: Image.Image, quality: int = 90) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=quality)
    return made.getvalue()


def test_two_photos_of_one_paper_look_alike_and_those_of_two_papers_do_not() -> None:
    plain = looks_of(content(drawn(1)))
    again = looks_of(content(photographed_again(drawn(1)), 60))
    assert {len(look) for look in plain} == {64}
    assert nearest_looks(again, {1: plain[0]})[1] <= NEAR_BITS
    other = nearest_looks(again, {seed: looks_of(content(drawn(seed)))[0] for seed in (2, 3, 4)})
    assert min(other.values()) > NEAR_BITS
    assert looks_of(b"nothing that could be opened") == ()
    assert len(looks_of(papers.pdf(1))[0]) == 64


def test_a_second_photo_is_told_though_it_was_read_otherwise(owner: Person, ask: Any) -> None:
    first = enter(owner, looks=looks_of(content(drawn(1))))
    again = looks_of(content(photographed_again(drawn(1))))
    second = enter(owner, looks=again, merchant=None, total=Decimal("3.00"), date=None)
    (pair,) = pairs(ask, owner)
    assert pair["reasons"] == ["SAME_IMAGE"]
    assert 0 <= pair["bits"] <= NEAR_BITS
    bills.update(bill=second, by=owner.user, changes={"total": Decimal("8.00")})
    (pair,) = pairs(ask, owner)  # what was seen is not forgotten when a value changes
    assert pair["reasons"] == ["SAME_IMAGE", "SAME_TOTAL"]
    assert duplicate_check(first)["ok"] is False


# --- Resolve


@pytest.fixture
def pair(owner: Person) -> Duplicate:
    enter(owner)
    enter(owner)
    return Duplicate.objects.get()


@pytest.mark.parametrize(
    ("resolution", "status", "left"),
    [
        ("KEEP_BOTH", "KEPT", ("NEEDS_REVIEW", "NEEDS_REVIEW")),
        ("VOID_EARLIER", "VOIDED", ("VOID", "NEEDS_REVIEW")),
        ("VOID_LATER", "VOIDED", ("NEEDS_REVIEW", "VOID")),
    ],
)
def test_a_person_says_what_two_bills_are_and_says_it_once(
    owner: Person, ask: Any, pair: Duplicate, resolution: str, status: str, left: tuple[str, str]
) -> None:
    sent = {"duplicate": the_id(pair), "resolution": resolution, "key": "k"}
    answer = ask(owner, RESOLVE, **sent).data["resolveDuplicate"]
    assert answer["userErrors"] == []
    got = answer["duplicate"]
    assert (got["status"], got["earlier"]["status"], got["later"]["status"]) == (status, *left)
    assert got["resolvedBy"] == {"email": owner.user.email}
    assert duplicate_check(pair.earlier)["ok"] is duplicate_check(pair.later)["ok"] is True
    log = audited()
    assert ask(owner, RESOLVE, **sent).data["resolveDuplicate"]["replayed"] is True
    again = ask(owner, RESOLVE, **{**sent, "key": None}).data["resolveDuplicate"]
    assert again["userErrors"] == []
    assert audited() == log
    other = "VOID_LATER" if resolution != "VOID_LATER" else "KEEP_BOTH"
    refused = ask(owner, RESOLVE, duplicate=the_id(pair), resolution=other).data["resolveDuplicate"]
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["duplicate"]}]


def test_what_was_kept_is_not_told_again(owner: Person, ask: Any, pair: Duplicate) -> None:
    ask(owner, RESOLVE, duplicate=the_id(pair), resolution="KEEP_BOTH")
    bills.update(bill=pair.later, by=owner.user, changes={"notes": "looked at"})
    assert pairs(ask, owner, status=["OPEN"]) == []
    assert [one["status"] for one in pairs(ask, owner)] == ["KEPT"]


def test_a_bill_that_is_restored_is_told_again(owner: Person, ask: Any, pair: Duplicate) -> None:
    ask(owner, RESOLVE, duplicate=the_id(pair), resolution="VOID_LATER")
    bills.restore(bill=pair.later, by=owner.user)
    assert [one["status"] for one in pairs(ask, owner)] == ["OPEN"]


def test_a_bill_that_is_voided_is_one_with_nothing(owner: Person, ask: Any, pair: Duplicate) -> None:
    bills.void(bill=pair.earlier, by=owner.user)
    assert pairs(ask, owner) == []
    assert duplicate_check(pair.later)["ok"] is True


@pytest.mark.parametrize("role", [Role.STAFF, Role.ACCOUNTANT])
def test_who_may_only_look_resolves_nothing(
    owner: Person, stranger: Person, ask: Any, pair: Duplicate, role: Role
) -> None:
    member = person("looks@example.com", store=owner.store, role=role)
    assert len(pairs(ask, member)) == 1
    assert pairs(ask, stranger) == []
    before = everything()
    sent = {"duplicate": the_id(pair), "resolution": "VOID_LATER"}
    assert ask(member, RESOLVE, **sent).codes == ["FORBIDDEN"]
    unseen = ask(stranger, RESOLVE, **sent).data["resolveDuplicate"]
    assert unseen["userErrors"] == [{"code": "NOT_FOUND", "field": ["duplicate"]}]
    assert everything() == before
