"""Forecasts as arithmetic: what they may know, how long a history they need, and when they stand back."""

from datetime import date, timedelta

import numpy as np
import pytest

from insights.forecasting import backtests, shapes
from insights.forecasting.calendars import Calendar
from insights.forecasting.features import Known
from insights.forecasting.files import Unusable, read
from insights.forecasting.grains import Grain, Model, Tier
from insights.forecasting.history import History, gathered
from insights.forecasting.outlook import look

MONDAY = date(2023, 1, 2)
NOWHERE = Calendar()
WEEK = np.array([100.0, 90, 95, 110, 160, 210, 0])  # closed on Sundays


def shop(days: int, noise: float = 8.0, seed: int = 1) -> History:
    chance = np.random.default_rng(seed)
    values = WEEK[np.arange(days) % 7] * (1 + np.arange(days) / 2000)
    values = values + (values > 0) * chance.normal(0, noise, days)
    return History(Grain.DAILY, MONDAY, np.maximum(values, 0))


def test_a_forecast_follows_the_week_and_leaves_the_closed_day_at_zero():
    found = look(shop(120), calendar=NOWHERE)
    assert (found.tier, found.model) == (Tier.AVERAGE, Model.AVERAGE)
    off = np.abs(found.predicted - WEEK[np.arange(120, 148) % 7] * 1.067)
    assert off.max() < 25
    sundays = found.predicted[[n for n in range(28) if (120 + n) % 7 == 6]]
    assert not sundays.any()


def test_intervals_hold_the_forecast_and_the_wide_one_holds_the_narrow():
    found = look(shop(150), calendar=NOWHERE)
    assert (found.interval95.low <= found.interval80.low).all()
    assert (found.interval80.low <= found.predicted).all()
    assert (found.predicted <= found.interval80.high).all()
    assert (found.interval80.high <= found.interval95.high).all()
    assert (found.interval95.low >= 0).all()


@pytest.mark.parametrize(
    ("days", "tier", "ahead"),
    [
        (0, Tier.NOT_ENOUGH_DATA, None),
        (13, Tier.NOT_ENOUGH_DATA, None),
        (14, Tier.NAIVE, 7),
        (20, Tier.NAIVE, 7),
        (21, Tier.PROFILE, 7),
        (62, Tier.PROFILE, 7),
        (63, Tier.AVERAGE, 28),
    ],
)
def test_a_history_promises_only_what_it_is_long_enough_for(days, tier, ahead):
    found = look(shop(days), calendar=NOWHERE)
    assert (found.tier, found.periods, found.needed) == (tier, days, 14)
    assert (None if found.predicted is None else len(found.predicted)) == ahead
    assert (found.interval80 is None) == (tier in (Tier.NOT_ENOUGH_DATA, Tier.NAIVE))


def test_where_nothing_beats_the_last_week_the_last_week_is_served():
    walk = np.cumsum(np.random.default_rng(5).normal(0, 1, 100))
    flat = look(History(Grain.DAILY, MONDAY, np.full(100, 7.0)), calendar=NOWHERE)
    assert (flat.model, set(flat.predicted)) == (Model.SEASONAL_NAIVE, {7.0})
    exact = look(History(Grain.DAILY, MONDAY, WEEK[np.arange(100) % 7]), calendar=NOWHERE)
    assert list(exact.predicted) == list(WEEK[np.arange(100, 128) % 7])
    below_zero = look(History(Grain.DAILY, MONDAY, walk), calendar=NOWHERE)
    assert np.isfinite(below_zero.predicted).all()


def test_what_comes_after_the_origin_changes_nothing():
    whole = shop(140)
    other = History(Grain.DAILY, MONDAY, np.concatenate([whole.values[:100], np.full(40, 1e6)]))
    first, second = (look(known.until(100), calendar=NOWHERE) for known in (whole, other))
    assert list(first.predicted) == list(second.predicted)
    assert list(first.interval80.high) == list(second.interval80.high)


def test_gaps_and_a_wild_value_do_not_carry_the_forecast_away():
    clean = shop(200)
    values = clean.values.copy()
    values[[50, 51, 90, 150]] = np.nan
    values[185] = 50_000.0
    usual, shaken = (
        look(History(Grain.DAILY, MONDAY, found), calendar=NOWHERE) for found in (clean.values, values)
    )
    assert np.isfinite(shaken.predicted).all()
    assert np.abs(shaken.predicted - usual.predicted).max() < 60


def test_a_day_on_which_the_store_says_it_is_closed_is_forecast_as_zero():
    closed = MONDAY + timedelta(days=204)
    found = look(shop(200), calendar=Calendar(closed=frozenset({closed})))
    assert found.predicted[4] == found.interval95.high[4] == 0
    assert found.predicted[3] > 0


def test_holidays_of_the_country_are_learnt():
    history = shop(720, noise=2)
    values = history.values.copy()
    marks = Calendar("DE").of(history, 28)
    assert marks.holidays[history.place(date(2023, 12, 25)) + 1] == 1
    values[marks.holidays[1:721] > 0] = 0.0
    held = History(Grain.DAILY, MONDAY, values).until((date(2024, 9, 20) - MONDAY).days)
    third = (date(2024, 10, 3) - held.day(len(held))).days
    with_country, without = (
        look(held, calendar=Calendar(country)).predicted[third] for country in ("DE", "")
    )
    assert with_country < without * 0.75


def test_weeks_and_months_are_sums_of_whole_ones_alone():
    daily = History(Grain.DAILY, date(2024, 1, 10), np.ones(80))  # until 30 March
    months = gathered(daily, Grain.MONTHLY)
    assert (months.start, list(months.values)) == (date(2024, 2, 1), [29.0])
    weeks = gathered(daily, Grain.WEEKLY, week_start=6)
    assert (weeks.start, set(weeks.values)) == (date(2024, 1, 14), {7.0})
    assert weeks.day(len(weeks)) == date(2024, 3, 24)


def test_months_with_a_season_beat_last_year():
    n = np.arange(72)
    values = (1000 + 10 * n) * (1 + 0.4 * np.sin(2 * np.pi * n / 12)) + np.random.default_rng(3).normal(
        0, 30, 72
    )
    history = History(Grain.MONTHLY, date(2018, 1, 1), values)
    found = backtests.summed(
        history, list(backtests.rolling(history, calendar=NOWHERE, horizon=6, origins=3, clock=float))
    )
    assert found.models["auto"].score.mase < 0.75 * found.models["seasonal_naive"].score.mase


def test_the_last_fifth_is_forecast_from_the_first_four_and_nothing_later():
    whole = shop(200)
    broken = History(Grain.DAILY, MONDAY, np.concatenate([whole.values[:160], whole.values[160:] * 3]))
    cut, scores = backtests.chronological(whole, calendar=NOWHERE, horizon=28)
    _, worse = backtests.chronological(broken, calendar=NOWHERE, horizon=28)
    assert cut == 160
    assert scores["linear_regression"].mase < scores["seasonal_naive"].mase
    assert worse["linear_regression"].mase > 2 * scores["linear_regression"].mase


@pytest.mark.parametrize(
    ("text", "rows", "start", "total"),
    [
        (
            "id;Datum;Umsatz\n1;01.02.2024;1.234,50\n2;02.02.2024;10,5\n2;02.02.2024;10,5\n",
            2,
            date(2024, 2, 1),
            1245.0,
        ),
        (
            "when,kWh\n2024-01-01T00:00:00Z,1\n2024-01-01 12:00,2\n2024-01-02 00:00,3\n2024-01-02 12:00,\n2024-01-02 13:00,4\n",
            4,
            date(2024, 1, 1),
            10.0,
        ),
        ("a,b\n2024-01-01,1\n2024-01-03,3\n", 2, date(2024, 1, 1), 4.0),
    ],
)
def test_a_file_is_read_however_it_was_written(text, rows, start, total):
    found = read(text.encode(), grain=None)
    assert (found.rows, found.history.start) == (rows, start)
    assert np.nansum(found.history.values) == total


def test_months_of_noise_have_hardly_a_shape_and_a_real_one_stays():
    months, chance = np.arange(48), np.random.default_rng(4)
    noise = chance.normal(0, 20, 48)
    real = 40 * np.sin(2 * np.pi * months / 12)

    def spread(values):
        known = Known(History(Grain.MONTHLY, date(2020, 1, 1), values), NOWHERE, 6)
        return float(np.std(shapes.smooth_shape(known, 48)))

    assert spread(100 + noise) < 0.5 * float(np.std(noise.reshape(4, 12).mean(axis=0))) / 100
    assert spread(100 + real) == pytest.approx(float(np.std(real)) / 100, rel=0.05)


def test_a_file_of_months_stays_one_of_months_whatever_is_asked():
    text = "Month,Sales\n" + "".join(f"19{60 + n // 12}-{n % 12 + 1:02},{n}\n" for n in range(30))
    found = read(text.encode(), grain=Grain.DAILY).history
    assert (found.grain, found.start, len(found)) == (Grain.MONTHLY, date(1960, 1, 1), 30)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "no text"),
        (b"a,b\n", "no rows"),
        (b"a\n1\n", "two|column of dates"),
        (b"a,b\nx,y\n", "reads as dates"),
        (b"a,b\n2024-01-01,y\n", "holds numbers"),
        (b"a,b\n1024-01-01,1\n2024-01-02,3\n2024-01-03,3\n", "more than"),
        (b"a,b\n2020-01-01,1\n2021-01-01,3\n2022-01-01,3\n", "further apart"),
    ],
)
def test_a_file_that_makes_no_series_is_refused_in_a_sentence(content, said):
    with pytest.raises(Unusable, match=said):
        read(content, grain=None)
