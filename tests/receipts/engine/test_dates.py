from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.engine.dates import dates_in, mended, times_in, weekday_in
from tests.receipts.engine.paper import TODAY, draft

days = st.dates(min_value=date(1998, 1, 1), max_value=TODAY)
MALAYSIAN = "KEDAI BUKU SDN BHD\nJalan Besar 1\n{}\nPen  2.00\nTOTAL  RM 2.00"
AMERICAN = "Joe's Diner\n12 Main St, Austin, TX 78701\n{}\nSoup  $2.00\nTotal  $2.00"


@given(days, st.sampled_from(["%Y-%m-%d", "%d %b %Y", "%d-%B-%Y", "%b %d, %Y", "%d%b%Y", "%Y/%m/%d"]))
def test_a_date_that_says_its_order_reads_back_as_itself(day, form):
    (found,) = dates_in(day.strftime(form), TODAY)
    assert found.readings == (day,)


@given(days, st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y"]))
def test_an_open_date_keeps_the_right_reading_among_its_own(day, form):
    (found,) = dates_in(f"DATE: {day.strftime(form)} 12:30", TODAY)
    assert day in found.readings


@given(st.dates(min_value=TODAY + timedelta(days=2), max_value=date(2099, 12, 31)))
def test_no_receipt_is_from_the_future(day):
    assert dates_in(day.isoformat(), TODAY) == []


@given(st.text(max_size=60))
def test_no_text_breaks_the_dates(text):
    for found in dates_in(text, TODAY):
        assert found.readings
        assert all(reading <= TODAY + timedelta(days=1) for reading in found.readings)
    times_in(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3. März 2020", date(2020, 3, 3)),
        ("21 Ogos 2019", date(2019, 8, 21)),
        ("5 décembre 2014", date(2014, 12, 5)),
        ("12 enero 2016", date(2016, 1, 12)),
        ("Dec26'07", date(2007, 12, 26)),
        ("18 Feb 14", date(2014, 2, 18)),
        ("2018年3月14日", date(2018, 3, 14)),
    ],
)
def test_months_are_known_by_name_in_several_languages(text, day):
    assert dates_in(text, TODAY)[0].readings == (day,)


def test_the_country_orders_day_and_month():
    assert draft(MALAYSIAN.format("Date: 03/04/2018")).date == date(2018, 4, 3)
    assert draft(AMERICAN.format("Date: 03/04/2018")).date == date(2018, 3, 4)


def test_a_date_that_fits_one_order_alone_beats_the_country():
    assert draft(MALAYSIAN.format("Date: 04/25/2018")).date == date(2018, 4, 25)


def test_a_weekday_beside_an_open_date_settles_it():
    assert draft("Cafe Rosa\nSaturday 10-9-2016 20:49\nTea  4.00\nTotal  4.00").date == date(2016, 9, 10)
    assert weekday_in("Saturday") == 5
    assert weekday_in("Mon - Fri") is None


def test_the_date_of_the_sale_wins_over_a_date_until_which_something_is_valid():
    read = draft("Cafe Rosa\nVoucher valid until 2019-12-31\nDate 2019-05-04 13:10\nTea  4.00\nTotal  4.00")
    assert read.date == date(2019, 5, 4)
    assert read.time == time(13, 10)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("17:42", time(17, 42)),
        ("5:42 PM", time(17, 42)),
        ("12:05AM", time(0, 5)),
        ("21:09:20", time(21, 9, 20)),
    ],
)
def test_times_are_read_on_both_clocks(text, clock):
    assert times_in(text)[0][1] == clock


def test_no_date_on_the_paper_is_null():
    assert draft("Cafe Rosa\nTea  4.00\nTotal  4.00").date is None


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("DATE : 1O/O5/2018", date(2018, 5, 10)),
        ("lB.05.2018", date(2018, 5, 18)),
        ("10 0CT 2017", date(2017, 10, 10)),
        ("1B December 2014", date(2014, 12, 18)),
        ("14702/2016", date(2016, 2, 14)),
        ("14/02/72016", None),  # no mark is a digit here
        ("14/02:2016", date(2016, 2, 14)),
        ("22:4814.8.2016", date(2016, 8, 14)),
        ("REG#19-21/05/2018 20:22:56", date(2018, 5, 21)),
        ("Tel 03-7980/7585", None),
        ("GST 001/122/4096", None),
    ],
)
def test_a_date_that_was_misread_is_mended_where_no_other_is_on_the_paper(printed, day):
    paper = "KEDAI BUKU SDN BHD\nJalan Besar 1\n{}\nPen  2.00\nTOTAL  RM 2.00"
    assert draft(paper.format(printed)).date == day
    if day:
        assert draft(paper.format(f"Date 03/03/2019\n{printed}")).date in {date(2019, 3, 3), day}


@given(days, st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%Y-%m-%d"]))
def test_mending_leaves_a_date_as_it_is(day, form):
    printed = day.strftime(form)
    assert [one.readings for one in dates_in(mended(printed), TODAY)] == [
        one.readings for one in dates_in(printed, TODAY)
    ]
