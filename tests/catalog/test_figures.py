"""What amounts, quantities and attributes can be: whatever is taken, both databases can hold."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import figures
from core.errors import Refused

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=45), inner, max_size=3),
    max_leaves=6,
)


def depth(value: Any) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(values=VALUES)
def test_attributes_that_are_taken_are_plain_json_of_bounded_depth(values: Any) -> None:
    try:
        taken = figures.attributes(values, "attributes")
    except Refused:
        return
    text = json.dumps(taken, allow_nan=False, ensure_ascii=False)
    text.encode()  # holds no half of a character
    assert "\\u0000" not in text
    assert depth(taken) <= figures.MAX_DEPTH
    assert all(0 < len(name) <= figures.MAX_ATTRIBUTE_NAME for name in taken)
    assert taken == values


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\x00"])
def test_a_text_that_no_database_holds_is_no_attribute(text: str) -> None:
    for values in ({"a": text}, {text: 1}, {"a": [text]}):
        with pytest.raises(Refused):
            figures.attributes(values)


@given(value=st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_that_is_taken_is_the_same_in_the_columns_places(value: Decimal) -> None:
    for take, places, digits in ((figures.price, 2, 12), (figures.quantity, 3, 9)):
        try:
            taken = take(value)
        except Refused:
            continue
        assert taken == value
        assert 0 <= taken < 10**digits
        assert -taken.as_tuple().exponent == places
