"""What an answer says, whoever gives it: the way from its text to drafts."""

import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from receipts.readers.answer import Answer, drafts

from .dialects import GOOD, line, receipt


def told(*entries):
    """Take an answer with these receipts; give the drafts and the paths of what was dropped."""
    return drafts(Answer.model_validate_json(json.dumps({"receipts": entries})))


def test_several_receipts_on_one_file_are_several_drafts():
    (first, second), _ = told(
        receipt(merchant="One", total="1.00"), receipt(merchant="Two", page=3, total="2.00")
    )
    assert (first.part, first.merchant, first.total) == (1, "One", Decimal("1.00"))
    assert (second.part, second.merchant, second.evidence["total"].page) == (2, "Two", 3)


def test_what_the_paper_does_not_say_is_none():
    [draft], _ = told(receipt(merchant=" ", tip=""))
    left = draft.model_dump(
        exclude={"part", "items", "taxes", "verified", "confidence", "evidence"}, exclude_none=True
    )
    assert (left, draft.evidence) == ({}, {})


@pytest.mark.parametrize(
    "body",
    [
        {"receipts": [{**GOOD, "total": float("nan")}]},
        {"receipts": [{**GOOD, "items": "many"}]},
        {"receipts": ["a receipt"]},
        {"receipts": {}},
        {"receipts": [GOOD] * 51},
        {"receipts": [{**GOOD, "items": [line()] * 1_001}]},
        {"receipts": [{**GOOD, "merchant": "\ud800"}]},
        [],
    ],
)
def test_too_much_or_another_shape_is_no_answer(body):
    with pytest.raises(ValidationError):
        Answer.model_validate_json(json.dumps(body))


LIES = {
    "total": "9" * 40,
    "subtotal": "NaN",
    "tax": "-Infinity",
    "tip": "1e9",
    "currency": "RINGGIT",
    "date": "1715817600",
    "time": "25:99",
    "category": "DROP TABLE bills",
    "number": "7\x00",
    "merchant": "M" * 5_000,
    "address": "\x1b[31mred",
}


@pytest.mark.parametrize("field", LIES)
def test_a_value_that_fails_its_form_is_dropped_and_the_rest_stays(field):
    [draft], dropped = told({**GOOD, field: LIES[field]})
    assert getattr(draft, field) is None
    assert field not in draft.evidence
    assert list(dropped) == [f"receipts.1.{field}"]
    kept = set(draft.evidence) | {field}
    assert kept == {key for key, value in GOOD.items() if isinstance(value, str)} | {field}


@pytest.mark.parametrize(
    "value", ["12,50", "RM 12.50", "12.505", "1_000", "１２", "0x10", " ", "1 000.00", ".5"]
)
def test_an_amount_is_taken_in_its_one_form_or_not_at_all(value):
    assert told({**GOOD, "total": value})[0][0].total is None


def test_a_date_that_does_not_exist_is_dropped():
    assert told({**GOOD, "date": "2023-02-29"})[0][0].date is None


def test_a_lie_in_a_line_costs_that_value_alone():
    lies = line(description="D" * 501, quantity="many", unit_price="-", total="3.00")
    [draft], dropped = told(receipt(items=[lies, line(description="")]))
    [only] = draft.items
    assert (only.description, only.quantity, only.unit_price, only.total) == ("", None, None, Decimal("3.00"))
    assert list(dropped) == [f"receipts.1.items.1.{f}" for f in ("description", "quantity", "unit_price")]


def test_a_page_that_no_file_has_is_not_believed():
    for page in (10**9, -1):
        assert told({**GOOD, "page": page})[0][0].evidence["total"].page == 1
