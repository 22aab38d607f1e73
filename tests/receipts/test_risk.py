"""How likely a bill is wrong, by what is known of its values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from receipts.risk import FIELDS, LEFT, at_stake, risk_of

WHOLE = {"total": Decimal("9.50"), "date": "2026-05-04", "merchant_name": "Corner Bakery"}
CERTAIN = {name: {"confidence": 1.0} for name in FIELDS}


def failed(key: str, field: str = "total") -> dict[str, Any]:
    return {"key": key, "ok": False, "field": field}


def test_a_bill_of_which_all_is_certain_is_at_no_risk() -> None:
    assert risk_of(WHOLE, CERTAIN, []) == 0


def test_doubts_multiply() -> None:
    doubts = {**CERTAIN, "total": {"confidence": 0.8}, "date": {"confidence": 0.5}}
    assert risk_of(WHOLE, doubts, []) == Decimal("0.600")


def test_a_bill_without_a_total_is_wrong_for_certain_until_a_person_says_so() -> None:
    empty = {**WHOLE, "total": None}
    assert risk_of(empty, CERTAIN, []) == 1
    assert risk_of(empty, {**CERTAIN, "total": {"confidence": 1.0, "locked": True}}, []) == 0


def test_a_check_that_fails_counts_once_and_not_against_what_a_person_has_set() -> None:
    assert risk_of(WHOLE, CERTAIN, [failed("sum")]) == Decimal("0.500")
    assert risk_of(WHOLE, CERTAIN, [failed("line", "items"), failed("line", "items")]) == Decimal("0.200")
    set_by_hand = {**CERTAIN, "total": {"confidence": 1.0, "locked": True}}
    assert risk_of(WHOLE, set_by_hand, [failed("sum")]) == 0
    corrected = {**CERTAIN, "items.2": {"locked": True}}
    assert risk_of(WHOLE, corrected, [{**failed("line", "items"), "line": 2}]) == 0
    assert risk_of(WHOLE, corrected, [{**failed("line", "items"), "line": 3}]) == Decimal("0.200")


SHARES = st.floats(0, 1)


@given(confidences=st.tuples(SHARES, SHARES, SHARES), keys=st.sets(st.sampled_from(sorted(LEFT))), by=SHARES)
def test_more_doubt_is_never_less_risk(confidences: tuple[float, ...], keys: set[str], by: float) -> None:
    evidence = {name: {"confidence": share} for name, share in zip(FIELDS, confidences, strict=True)}
    doubted = {name: {"confidence": found["confidence"] * by} for name, found in evidence.items()}
    risk = risk_of(WHOLE, evidence, [])
    assert 0 <= risk <= risk_of(WHOLE, doubted, []) <= 1
    assert risk <= risk_of(WHOLE, evidence, [failed(key) for key in keys]) <= 1


def test_what_is_at_stake_is_the_risk_of_the_first_known_amount_whatever_its_sign() -> None:
    assert at_stake(Decimal("0.250"), [None, Decimal("-40.00"), Decimal(9)]) == Decimal("10.00")
    assert at_stake(Decimal(1), []) == 0
    assert at_stake(Decimal(1), [Decimal(10) ** 15]) < Decimal(10) ** 12
