"""Trends: what goes up or down, told from chance."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.trends import Direction, trend


def of(*values: object) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


def test_its_confidence_is_that_of_a_sum_by_hand():
    # Two of 15 pairs fall: S = 13 - 2 = 11; variance = 6·5·17/18 = 28.33; z = 10 / 5.323 = 1.879; p = 0.0603
    found = trend(of(1, 3, 2, 4, 6, 5))
    assert (found.direction, found.confidence) == (Direction.STEADY, Decimal("0.9397"))


def test_what_rises_each_step_is_sure_and_its_slope_is_the_step():
    found = trend(of(*range(10, 130, 10)))
    # S = 66, variance = 12·11·29/18 = 212.67, z = 65 / 14.583 = 4.457
    assert (found.direction, found.slope, found.confidence) == (
        Direction.UP, Decimal("10.00"), Decimal("1.0000")
    )  # fmt: skip


def test_one_wild_value_turns_no_trend():
    found = trend(of(10, 9, 8, 7, 900, 5, 4, 3, 2, 1))
    assert (found.direction, found.slope) == (Direction.DOWN, Decimal("-1.00"))


@pytest.mark.parametrize("values", [of(), of(1, 2, 3, 4, 5)])
def test_of_few_steps_nothing_is_said(values):
    found = trend(values)
    assert (found.direction, found.slope, found.confidence) == (Direction.UNKNOWN, None, None)


def test_what_never_changes_is_steady():
    found = trend(of(*[5] * 12))
    assert (found.direction, found.slope, found.confidence) == (
        Direction.STEADY, Decimal("0.00"), Decimal("0.0000")
    )  # fmt: skip


def test_noise_is_taken_for_a_trend_in_one_of_twenty_at_most():
    chance = random.Random(1)
    found = [trend([Decimal(chance.randrange(10_000)) for _ in range(12)]).direction for _ in range(400)]
    assert 400 - found.count(Direction.STEADY) <= 20 + 10  # 5 %, and two and a half deviations


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(-1000, 1000).map(Decimal), min_size=6, max_size=20))
def test_a_series_upside_down_has_the_opposite_trend(values):
    found, turned = trend(values), trend([-value for value in values])
    assert (found.slope, found.confidence) == (-turned.slope, turned.confidence)
