from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from receipts.engine.arithmetic import closes, repaired
from receipts.engine.figures import Figure, Figures
from receipts.engine.items import Item

prices = st.lists(st.decimals(min_value="0.01", max_value=999, places=2), min_size=1, max_size=8)


def item(total, quantity=None, price=None):
    return Item("Tea", quantity, "", price, None, Decimal(total), (), None)


def sums(total):
    return Figures(total=Figure(Decimal(total), None, None, 0.9))


@given(prices)
def test_lines_that_add_up_are_left_alone(totals):
    items = [item(total) for total in totals]
    assert repaired(items, sums(sum(totals))) is items


@given(prices, st.decimals(min_value="0.01", max_value=9999, places=2))
def test_a_repair_drops_last_lines_or_changes_one_and_makes_the_sum(totals, total):
    items = [item(one) for one in totals]
    mended = repaired(items, sums(total))
    dropped = len(items) - len(mended)
    changed = [one for one, other in zip(mended, items, strict=False) if one != other]
    assert len(changed) <= (0 if dropped else 1)
    assert not (changed or dropped) or closes(mended, sums(total))


def test_a_digit_read_as_its_lookalike_is_mended_when_only_that_closes():
    mended = repaired([item("12.00"), item("3.80")], sums("15.30"))
    assert [one.total for one in mended] == [Decimal("12.00"), Decimal("3.30")]


def test_quantity_times_price_mends_a_total_misread():
    mended = repaired([item("4.50"), item("28.01", 3, Decimal("6.67"))], sums("24.51"))
    assert mended[1].total == Decimal("20.01")


def test_a_sign_that_is_a_smudge_is_mended_when_only_that_closes():
    mended = repaired([item("80.00"), item("-60.00"), item("22.00")], sums("162.00"))
    assert mended[1].total == Decimal("60.00")


def test_a_sum_taken_for_a_line_is_dropped_when_the_lines_close_without_it():
    lines = [item("12.00"), item("3.30")]
    assert repaired([*lines, item("15.30")], sums("15.30")) == lines
    assert repaired([item("5.00"), item("5.00")], sums("10.00")) == [item("5.00"), item("5.00")]


def test_two_ways_to_close_leave_the_lines_as_they_are():
    items = [item("3.00"), item("3.00")]
    assert repaired(items, sums("11.00")) is items


def test_a_total_is_never_mended_to_fit_the_lines():
    figures = sums("99.99")
    repaired([item("12.00")], figures)
    assert figures.total.value == Decimal("99.99")
