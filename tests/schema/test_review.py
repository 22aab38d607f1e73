"""The review queue, and what a person does with a bill that was read: confirm it, or correct a field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category
from core.models import AuditEntry
from core.roles import Role
from receipts import books as services
from receipts.books import built_in
from receipts.draft import Draft, Evidence, Line, Source
from receipts.models import Bill, Item
from schema import ids
from tests import books, readings
from tests.conftest import Person, person
from tests.ledger import audited, everything

EVIDENCE = "evidence { field page box confidence source locked }"
BILL = f"""bill {{ id status total date time merchantName currency number category {{ name }} risk atStake {EVIDENCE}
  items {{ nodes {{ description quantity unitPrice total category {{ name }} }} }} checks {{ key ok }} }}
  userErrors {{ code field message }}"""
CONFIRM = f"mutation ($bill: ID!) {{ confirmBill(input: {{bill: $bill}}) {{ {BILL} }} }}"
CONFIRM_FIELD = f"""mutation ($bill: ID!, $field: String!) {{
  confirmField(input: {{bill: $bill, field: $field}}) {{ {BILL} }} }}"""
CORRECT = f"""mutation ($bill: ID!, $field: String!, $value: String) {{
  correctField(input: {{bill: $bill, field: $field, value: $value}}) {{ {BILL} }} }}"""
QUEUE = """query ($first: Int, $after: String) { me { stores { reviewQueue(first: $first, after: $after) {
  totalCount nodes { id merchantName atStake } pageInfo { hasNextPage endCursor } } } } }"""

READ = Evidence(page=1, box=(0.1, 0.2, 0.3, 0.4), confidence=0.9, source=Source.OCR)
PRICE = Evidence(page=1, box=(0.6, 0.2, 0.8, 0.4), confidence=0.7, source=Source.MODEL)


def paper(**values: Any) -> Draft:
    bread = Line(
        description="Rye bread", quantity=Decimal(2), unit_price=Decimal("2.50"), total=Decimal("5.00"),
        evidence=READ, values={"total": PRICE},
    )  # fmt: skip
    given: dict[str, Any] = {
        "merchant": "Corner Bakery",
        "date": date(2026, 5, 4),
        "total": Decimal("8.00"),
        "items": (bread, Line(description="Milk", total=Decimal("3.00"), evidence=READ)),
        "evidence": dict.fromkeys(("merchant", "date", "total"), READ),
        "confidence": 0.9,
        **values,
    }
    return Draft(**given)


@pytest.fixture
def bill(owner: Person) -> Bill:
    """A bill as a reader has entered it."""
    return readings.posted(owner, paper())[0]


def the_id(bill: Bill) -> str:
    return ids.encode("Bill", bill.pk)


def shown(answer: Any) -> dict[str, dict[str, Any]]:
    return {found["field"]: found for found in answer["bill"]["evidence"]}


# --- Evidence


def test_every_value_says_where_it_stands_how_sure_it_is_and_where_it_comes_from(
    owner: Person, ask: Any, bill: Bill
) -> None:
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on Bill {{ {EVIDENCE} }} }} }}"
    found = shown({"bill": ask(owner, document, id=the_id(bill)).data["node"]})
    line = {"page": 1, "box": [0.1, 0.2, 0.3, 0.4], "confidence": 0.9, "source": "OCR", "locked": False}
    assert {name: {**it, "field": name} == {**line, "field": name} for name, it in found.items()} == {
        **dict.fromkeys(("date", "merchantName", "total"), True),
        **dict.fromkeys(("category", "currency"), False),  # no paper says them: see below
        **dict.fromkeys(("items.0", "items.0.description", "items.0.quantity", "items.0.unitPrice"), True),
        "items.0.total": False,
        **dict.fromkeys(("items.1", "items.1.description", "items.1.total"), True),
    }
    assert (found["currency"]["source"], found["currency"]["box"]) == ("RULE", None)
    assert (found["items.0.total"]["source"], found["items.0.total"]["box"]) == (
        "MODEL",
        [0.6, 0.2, 0.8, 0.4],
    )


def test_the_evidence_of_many_bills_with_their_items_is_two_statements(
    owner: Person, ask: Any, statements: Any
) -> None:
    document = "{ me { stores { bills { nodes { evidence { field } } } } } }"
    readings.posted(owner, paper())
    with statements() as one:
        ask(owner, document)
    for _ in range(4):
        readings.posted(owner, paper())
    with statements() as five:
        assert len(ask(owner, document).data["me"]["stores"][0]["bills"]["nodes"]) == 5
    assert len(five) == len(one)


# --- The queue


def test_the_bills_with_most_at_stake_come_first_and_none_that_nobody_has_to_look_at(
    owner: Person, ask: Any, statements: Any
) -> None:
    sure = Evidence(confidence=0.99, source=Source.OCR)
    readings.posted(owner, paper(merchant="small and doubtful", total=Decimal("8.00")))
    readings.posted(
        owner,
        paper(
            merchant="large and sure",
            total=Decimal("900.00"),
            items=(),
            evidence=dict.fromkeys(("merchant", "date", "total"), sure),
        ),
    )
    readings.posted(owner, paper(merchant="large and doubtful", total=Decimal("700.00"), items=()))
    readings.posted(owner, paper(merchant="no total", total=None, items=()))
    books.bill(owner.store, merchant_name="confirmed", total=Decimal("99999.00"), at_stake=Decimal(99999))
    books.bill(owner.store, merchant_name="void", status=Bill.Status.VOID, at_stake=Decimal(99999))
    with statements() as count:
        queue = ask(owner, QUEUE).data["me"]["stores"][0]["reviewQueue"]
    names = [bill["merchantName"] for bill in queue["nodes"]]
    # without a total the mean of the others stands in: 26,901.75
    assert names == ["no total", "large and doubtful", "large and sure", "small and doubtful"]
    assert queue["totalCount"] == 4
    assert len(count) <= 5, [query["sql"] for query in count]


def test_pages_of_the_queue_neither_repeat_nor_lose_a_bill(owner: Person, ask: Any) -> None:
    for total in (5, 5, 5, 9, 1):
        readings.posted(owner, paper(total=Decimal(total), items=()))
    seen, after = [], None
    for _ in range(4):
        page = ask(owner, QUEUE, first=2, after=after).data["me"]["stores"][0]["reviewQueue"]
        seen += [bill["id"] for bill in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    stakes = Bill.objects.order_by("-at_stake", "-pk").values_list("pk", flat=True)
    assert seen == [ids.encode("Bill", key) for key in stakes]
    assert len(seen) == 5


def test_a_bill_that_is_corrected_moves_down_the_queue(owner: Person, ask: Any, bill: Bill) -> None:
    before = bill.at_stake
    for field in ("total", "date", "merchantName"):
        answer = ask(owner, CONFIRM_FIELD, bill=the_id(bill), field=field).data["confirmField"]
        assert Decimal(answer["bill"]["atStake"]) < before
        before = Decimal(answer["bill"]["atStake"])
    assert before == 0


# --- Confirm


def test_a_confirmed_bill_leaves_the_queue_and_is_read_no_more(owner: Person, ask: Any, bill: Bill) -> None:
    answer = ask(owner, CONFIRM, bill=the_id(bill)).data["confirmBill"]
    assert (answer["bill"]["status"], answer["userErrors"]) == ("CONFIRMED", [])
    assert ask(owner, QUEUE).data["me"]["stores"][0]["reviewQueue"]["nodes"] == []
    assert audited() == ["bill.confirm"]
    ask(owner, CONFIRM, bill=the_id(bill))
    assert audited() == ["bill.confirm"]  # it was already: nothing to tell
    readings.posted(owner, paper(total=Decimal(1)), upload=bill.upload)
    bill.refresh_from_db()
    assert bill.total == Decimal("8.00")


def test_a_void_bill_is_not_confirmed(owner: Person, ask: Any, bill: Bill) -> None:
    Bill.objects.filter(pk=bill.pk).update(status=Bill.Status.VOID)
    before = everything()
    for document, name in ((CONFIRM, "confirmBill"), (CONFIRM_FIELD, "confirmField")):
        more = {"field": "total"} if name == "confirmField" else {}
        answer = ask(owner, document, bill=the_id(bill), **more).data[name]
        assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [("CONFLICT", ["bill"])]
    assert everything() == before


def test_a_confirmed_field_keeps_its_source_and_no_reading_changes_it(
    owner: Person, ask: Any, bill: Bill
) -> None:
    answer = ask(owner, CONFIRM_FIELD, bill=the_id(bill), field="total").data["confirmField"]
    assert shown(answer)["total"] == {
        **{"field": "total", "page": 1, "box": [0.1, 0.2, 0.3, 0.4]},
        **{"confidence": 1.0, "source": "OCR", "locked": True},
    }
    ask(owner, CONFIRM_FIELD, bill=the_id(bill), field="items.1.total")
    readings.posted(
        owner, paper(total=Decimal(1), number="B-7", items=(Line(description="Soap"),)), upload=bill.upload
    )
    bill.refresh_from_db()
    assert (bill.total, bill.number) == (Decimal("8.00"), "B-7")
    assert [item.description for item in bill.items.order_by("position")] == ["Soap", "Milk"]
    entry = AuditEntry.objects.filter(action="bill.confirm_field").order_by("pk").last()
    assert entry is not None
    assert entry.after == {"field": "items.1.total"}


# --- Correct


CORRECTIONS: dict[str, tuple[str, Any]] = {
    "merchantName": ("Bäckerei", "Bäckerei"),
    "number": ("A-17", "A-17"),
    "date": ("2026-05-05", "2026-05-05"),
    "time": ("09:30", "09:30:00"),
    "currency": ("GBP", "GBP"),
    "total": ("8.10", "8.10"),
}


@pytest.mark.parametrize("field", list(CORRECTIONS))
def test_a_corrected_field_is_a_persons_and_a_second_reading_leaves_it(
    owner: Person, ask: Any, bill: Bill, field: str
) -> None:
    value, told = CORRECTIONS[field]
    answer = ask(owner, CORRECT, bill=the_id(bill), field=field, value=value).data["correctField"]
    assert answer["userErrors"] == []
    assert answer["bill"][field] == told
    assert (shown(answer)[field]["source"], shown(answer)[field]["locked"]) == ("USER", True)
    other = paper(
        merchant="Someone",
        number="Z",
        date=date(2020, 1, 1),
        currency="USD",
        total=Decimal(99),
        tax=Decimal(1),
    )
    readings.posted(owner, other, upload=bill.upload)
    again = ask(owner, CONFIRM_FIELD, bill=the_id(bill), field=field).data["confirmField"]["bill"]
    assert again[field] == told
    assert Bill.objects.get().tax == 1  # nobody has set it


def test_a_corrected_value_of_a_line_stays_through_a_second_reading(
    owner: Person, ask: Any, bill: Bill
) -> None:
    for field, value in (("quantity", "3"), ("unitPrice", "1.6667"), ("description", "Ryebread")):
        answer = ask(owner, CORRECT, bill=the_id(bill), field=f"items.0.{field}", value=value)
        found = shown(answer.data["correctField"])
        assert found[f"items.0.{field}"]["source"] == "USER"
        assert found[f"items.0.{field}"]["locked"] is True
        assert found["items.0"]["box"] == [0.1, 0.2, 0.3, 0.4]
    readings.posted(owner, paper(items=()), upload=bill.upload)
    line = Item.objects.filter(bill=bill).order_by("position")[0]
    assert (line.description, line.quantity, line.unit_price) == ("Ryebread", 3, Decimal("1.6667"))


def test_a_category_is_corrected_by_its_id_and_null_empties(
    owner: Person, stranger: Person, ask: Any, bill: Bill
) -> None:
    cafe = ids.encode("Category", built_in("cafe").pk)
    for field in ("category", "items.0.category"):
        answer = ask(owner, CORRECT, bill=the_id(bill), field=field, value=cafe).data["correctField"]
        assert answer["userErrors"] == []
    assert answer["bill"]["category"] == {"name": "Coffee & bakery"}
    assert answer["bill"]["items"]["nodes"][0]["category"] == {"name": "Coffee & bakery"}
    theirs = ids.encode("Category", Category.objects.create(store=stranger.store, name="Flour").pk)
    refused = ask(owner, CORRECT, bill=the_id(bill), field="category", value=theirs).data["correctField"]
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("NOT_FOUND", ["value"])]
    emptied = ask(owner, CORRECT, bill=the_id(bill), field="date", value=None).data["correctField"]
    assert emptied["bill"]["date"] is None


BAD: dict[str, tuple[str, str | None, str, list[str]]] = {
    "no field": ("nothing", "1", "INVALID", ["field"]),
    "a column that is no value": ("status", "CONFIRMED", "INVALID", ["field"]),
    "a name in other letters": ("merchant_name", "x", "INVALID", ["field"]),
    "no line": ("items.7.total", "1", "NOT_FOUND", ["field"]),
    "no number of a line": ("items.x.total", "1", "INVALID", ["field"]),
    "a line below the first": ("items.-1.total", "1", "INVALID", ["field"]),
    "a whole line": ("items.0", "1", "INVALID", ["field"]),
    "a path that goes on": ("items.0.total.x", "1", "INVALID", ["field"]),
    "a total in words": ("total", "eight", "INVALID", ["value"]),
    "no finite total": ("total", "NaN", "INVALID", ["value"]),
    "a total too exact": ("total", "1.001", "INVALID", ["value"]),
    "a total of many digits": ("total", "1" * 100, "INVALID", ["value"]),
    "no day": ("date", "2026-02-30", "INVALID", ["value"]),
    "no time": ("time", "25:00", "INVALID", ["value"]),
    "no currency": ("currency", "euro", "INVALID", ["value"]),
    "an empty currency": ("currency", None, "REQUIRED", ["value"]),
    "an empty description": ("items.0.description", None, "REQUIRED", ["value"]),
    "a long name": ("merchantName", "x" * 201, "INVALID", ["value"]),
    "a category of nobody": ("category", ids.encode("Category", 10**9), "NOT_FOUND", ["value"]),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_cannot_be_a_value_is_refused_and_changes_nothing(
    owner: Person, ask: Any, bill: Bill, name: str
) -> None:
    field, value, code, at = BAD[name]
    before = everything()
    answer = ask(owner, CORRECT, bill=the_id(bill), field=field, value=value).data["correctField"]
    assert [(error["code"], error["field"]) for error in answer["userErrors"]] == [(code, at)]
    assert everything() == before


@pytest.mark.parametrize("role", [Role.STAFF, Role.ACCOUNTANT])
def test_who_may_only_look_reviews_nothing(
    owner: Person, stranger: Person, ask: Any, bill: Bill, role: Role
) -> None:
    member = person("looks@example.com", store=owner.store, role=role)
    assert len(ask(member, QUEUE).data["me"]["stores"][0]["reviewQueue"]["nodes"]) == 1
    assert ask(stranger, QUEUE).data["me"]["stores"][0]["reviewQueue"]["nodes"] == []
    before = everything()
    sent = {
        "confirmBill": (CONFIRM, {}),
        "confirmField": (CONFIRM_FIELD, {"field": "total"}),
        "correctField": (CORRECT, {"field": "total", "value": "1.00"}),
    }
    for name, (document, more) in sent.items():
        assert ask(member, document, bill=the_id(bill), **more).codes == ["FORBIDDEN"]
        unseen = ask(stranger, document, bill=the_id(bill), **more).data[name]
        assert [error["code"] for error in unseen["userErrors"]] == ["NOT_FOUND"]
    assert everything() == before


def test_a_bill_with_nothing_to_go_by_has_nothing_at_stake(owner: Person) -> None:
    bill = books.bill(owner.store, total=None, status=Bill.Status.NEEDS_REVIEW)
    services.check(bill)
    assert (bill.risk, bill.at_stake) == (1, 0)


def test_what_a_model_told_and_nobody_finds_on_the_paper_is_named_and_comes_first(
    owner: Person, ask: Any
) -> None:
    seen = Evidence(page=1, box=(0.1, 0.2, 0.3, 0.4), confidence=0.95, source=Source.LLM)
    unseen = Evidence(confidence=0.2, source=Source.LLM)
    found = dict.fromkeys(("merchant", "date", "total"), seen)
    lines = (Line(description="Rye bread", total=Decimal("8.00"), evidence=seen),)
    readings.posted(owner, paper(items=lines, evidence=found))
    lost = (Line(description="Gold bar", total=Decimal("8.00"), evidence=unseen),)
    (bill,) = readings.posted(owner, paper(items=lost, merchant="Told", evidence={**found, "total": unseen}))
    queue = ask(owner, QUEUE).data["me"]["stores"][0]["reviewQueue"]["nodes"]
    assert [one["merchantName"] for one in queue] == ["Told", "Corner Bakery"]
    document = """query ($bill: ID!) { node(id: $bill) { ... on Bill { checks { key ok field line found message }
      upload { fallback } } } }"""
    shown = ask(owner, document, bill=ids.encode("Bill", bill.pk)).data["node"]
    assert shown["upload"] == {"fallback": ""}
    assert [check for check in shown["checks"] if check["key"] == "paper"] == [
        {
            "key": "paper",
            "ok": False,
            "field": "total",
            "line": None,
            "found": "8.00",
            "message": "A model told the total 8.00, which is not found on the paper.",
        },
        {
            "key": "paper",
            "ok": False,
            "field": "items",
            "line": 1,
            "found": None,
            "message": "A model told line 1, Gold bar, which is not found on the paper.",
        },
    ]
    for path in ("total", "items.0.total"):
        ask(owner, CONFIRM_FIELD, bill=ids.encode("Bill", bill.pk), field=path)
    bill.refresh_from_db()
    left = [(one["field"], one["ok"]) for one in bill.checks if one["key"] == "paper"]
    assert left == [("items", False)]
