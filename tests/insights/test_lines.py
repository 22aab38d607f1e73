"""The arrays that the night judges, against the sums that everything else shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from core.ranges import Days
from insights import series
from insights.metrics import OF_ENERGY, Grain, figure
from insights.series.lines import WATCHED
from insights.survey import PARTS
from tests.insights.ledgers import ledgers

pytestmark = pytest.mark.django_db


def agree(seed: int) -> None:
    """Compare each line of both stores of some random books with the window's sums by day."""
    spans = {one.store: Days(one.anchor - timedelta(days=60), one.anchor) for one in ledgers(seed)}
    found = series.lines(spans=spans)
    for metric in WATCHED:
        for dimension in (None, *PARTS.get(metric, ())):
            totals = series.totals(spans=spans, metric=metric, dimension=dimension, grain=Grain.DAY)
            for store, days in spans.items():
                rows = [row for row in totals[store.pk] if row.currency in ("", store.currency) and row.whole]
                wanted = {
                    (row.key, row.start): value
                    for row in rows
                    if (value := figure(metric, row)) and (dimension is None or row.key is not None)
                }
                got = {
                    (key, days.start + timedelta(days=int(n))): line.at(metric, int(n))
                    for (of, by, key), line in found[store.pk].items()
                    if (of, by) == (metric, dimension)
                    for n in np.flatnonzero(np.nan_to_num(line.values))
                }
                got = {place: value for place, value in got.items() if value}
                assert got == wanted, (seed, metric, dimension)


@pytest.mark.parametrize("seed", range(4))
def test_lines_are_the_sums_of_the_window_by_day(seed: int) -> None:
    agree(seed)


def test_energy_that_was_not_read_is_not_known_and_money_is_nothing_from_its_first_day_on() -> None:
    (one, _) = ledgers(7)
    days = Days(one.anchor - timedelta(days=60), one.anchor)
    for (metric, dimension, _key), line in series.lines(spans={one.store: days})[one.store.pk].items():
        known = ~np.isnan(line.values)
        assert known.any()
        if metric in OF_ENERGY:
            continue
        assert known[int(np.argmax(known)) :].all(), (metric, dimension)


def test_lines_of_two_stores_take_a_bounded_number_of_statements(
    django_assert_max_num_queries: Any,
) -> None:
    spans = {one.store: Days(one.anchor - timedelta(days=30), one.anchor) for one in ledgers(11)}
    with django_assert_max_num_queries(12):
        series.lines(spans=spans)
