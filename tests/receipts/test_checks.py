"""What the checks say of drafts that add up and of drafts that do not."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.checks import Check, check
from receipts.draft import Draft, Line
from receipts.taxes import rates_of

TODAY = date(2024, 5, 17)


def line(
    total: str | None = None, *, quantity: str | None = None, price: str | None = None, **more: str
) -> Line:
    return Line.model_validate(
        {"description": "Bread", "quantity": quantity, "unit_price": price, "total": total, **more}
    )


def draft(*items: Line, **values: object) -> Draft:
    return Draft.model_validate({"items": items, **values})


def findings(draft: Draft, *, today: date = TODAY, currency: str = "EUR") -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for finding in check(draft, today=today, currency=currency):
        found.setdefault(finding.key, []).append(finding)
    return found


def finding(key: str, draft: Draft, **more: object) -> Check:
    [only] = findings(draft, **more)[key]
    return only


def test_a_missing_total_is_told():
    missing = finding("total", draft(line("1.00")))
    assert (missing.ok, missing.field, missing.found) == (False, "total", None)
    assert finding("total", draft(total="0.00")).ok is True


@pytest.mark.parametrize(
    ("subtotal", "tax", "tip", "total"),
    [
        ("10.00", "0.60", None, "10.60"),  # tax on top
        ("10.60", "0.60", None, "10.60"),  # tax in the prices
        ("10.00", "0.60", "2.00", "12.60"),
        ("10.60", "0.60", "2.00", "12.60"),
        ("10.00", None, None, "10.00"),
        ("10.00", "0.62", None, "10.60"),  # rounded to 5 cents
        ("10.00", "0.64", None, "10.60"),  # rounded down to 5 cents
        ("33.33", "6.67", None, "40.01"),  # each figure rounded by itself
        ("-10.00", "-0.60", None, "-10.60"),  # money back
    ],
)
def test_subtotal_tax_and_tip_that_come_to_the_total_are_fine(subtotal, tax, tip, total):
    assert finding("sum", draft(subtotal=subtotal, tax=tax, tip=tip, total=total)).ok is True


@pytest.mark.parametrize("total", ["10.63", "10.65", "16.00", "1060.00", "-10.60"])
def test_a_total_that_is_not_the_sum_is_told_with_both_figures(total):
    off = finding("sum", draft(subtotal="10.00", tax="0.60", total=total))
    assert (off.ok, off.field, off.found) == (False, "total", total)
    assert off.expected in {"10.60", "10.00"}
    assert off.expected in off.message
    assert total in off.message


@pytest.mark.parametrize("known", [{"subtotal": "10.00"}, {"total": "10.00"}, {}])
def test_without_both_sums_nothing_is_claimed_about_them(known):
    assert finding("sum", draft(**known)).ok is None


@pytest.mark.parametrize(
    "sums",
    [
        {"subtotal": "10.00", "tax": "0.60", "total": "10.60"},
        {"subtotal": "9.40", "tax": "0.60", "total": "10.00"},
        {"total": "10.00"},
        {"total": "10.60", "tax": "0.60"},
        {"total": "12.60", "tax": "0.60", "tip": "2.00"},
        {"total": "10.62", "tax": "0.60", "tip": "0.02"},
        {"subtotal": "10.01"},
    ],
)
def test_lines_may_add_up_to_the_subtotal_or_the_total(sums):
    assert finding("items", draft(line("4.00"), line("6.00"), **sums)).ok is True


def test_a_total_rounded_to_coins_still_meets_its_lines():
    assert finding("items", draft(line("4.02"), line("6.01"), total="10.05", tax="0.57")).ok is True
    assert finding("items", draft(line("4.02"), line("6.01"), total="10.06")).ok is False


def test_lines_that_do_not_add_up_are_told_with_both_figures():
    off = finding("items", draft(line("4.00"), line("6.00"), subtotal="11.11"))
    assert (off.ok, off.expected, off.found, off.line) == (False, "11.11", "10.00", None)


@pytest.mark.parametrize(
    ("suspect", "total"),
    [
        (line("30.00", description="VISA"), "7.00"),  # no article at all
        (line("800", description="Milk"), "15.00"),  # a lost decimal point
        (line("0.80", description="Milk"), "15.00"),  # one too many
        (line("8.00", description="Voucher"), "-1.00"),  # a lost minus sign
        (line("3.00", description="Tea", quantity="4", price="2.00"), "15.00"),  # the product is right
    ],
)
def test_the_one_line_that_would_explain_a_wrong_sum_is_named(suspect, total):
    off = finding("items", draft(line("3.00"), suspect, line("4.00"), total=total))
    assert (off.ok, off.line, off.expected) == (False, 2, total)
    assert suspect.description in off.message


def test_where_two_lines_could_be_at_fault_none_is_accused():
    off = finding("items", draft(line("3.00"), line("3.00"), line("4.00"), total="7.00"))
    assert (off.ok, off.line) == (False, None)


def test_a_line_without_an_amount_leaves_the_sum_open_and_is_named():
    open_sum = finding("items", draft(line("3.00"), line(None), total="7.00"))
    assert (open_sum.ok, open_sum.line) == (None, 2)


@pytest.mark.parametrize("paper", [draft(total="7.00"), draft(line("7.00"))])
def test_without_lines_or_without_a_sum_there_is_nothing_to_compare(paper):
    assert finding("items", paper).ok is None


@pytest.mark.parametrize(
    "fine",
    [
        line("6.00", quantity="3", price="2.00"),
        line("5.50", quantity="3", price="2.00", discount="0.50"),
        line("5.50", quantity="3", price="2.00", discount="-0.50"),
        line("6.00", quantity="3", price="2.00", discount="0.50"),  # the discount stands on a line of its own
        line("1.82", quantity="0.455", price="3.99"),
        line("1.81", quantity="0.455", price="3.99"),
        line("10.00", quantity="3", price="3.33"),  # three for ten
        line("-6.00", quantity="-3", price="2.00"),
    ],
)
def test_quantity_times_unit_price_is_the_amount(fine):
    assert finding("line", draft(fine)).ok is True


def test_each_line_whose_product_is_not_its_amount_is_named():
    paper = draft(
        line("6.00", quantity="3", price="2.00"),
        line("8.00", quantity="3", price="2.00"),
        line("5.00"),
        line("20.00", quantity="1", price="2.00"),
    )
    off = findings(paper)["line"]
    assert [(f.ok, f.line, f.expected, f.found) for f in off] == [
        (False, 2, "6.00", "8.00"),
        (False, 4, "2.00", "20.00"),
    ]


@pytest.mark.parametrize(
    "paper", [draft(), draft(line("2.00")), draft(line(None, quantity="2", price="1.00"))]
)
def test_without_a_product_and_an_amount_nothing_is_claimed_about_lines(paper):
    assert finding("line", paper).ok is None


def test_in_a_currency_without_cents_one_unit_is_rounding():
    kilo = line("182", quantity="0.455", price="399")
    assert finding("line", draft(kilo, currency="JPY")).ok is True
    assert finding("line", draft(kilo, currency="EUR")).ok is False
    assert finding("line", draft(kilo), currency="JPY").ok is True


@pytest.mark.parametrize(
    ("day", "ok"),
    [
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
        (date(2014, 5, 17), True),
        (date(2014, 5, 16), False),
        (date.min, False),
        (date.max, False),
        (None, None),
    ],
)
def test_a_date_is_neither_in_the_future_nor_older_than_ten_years(day, ok):
    found = finding("date", draft(date=day))
    assert (found.ok, found.found) == (ok, str(day) if day else None)


def test_ten_years_are_counted_from_a_leap_day_too():
    leap_day = date(2024, 2, 29)
    assert finding("date", draft(date=date(2014, 2, 28)), today=leap_day).ok is False
    assert finding("date", draft(date=date(2014, 3, 1)), today=leap_day).ok is True


@pytest.mark.parametrize(("paper", "ok"), [("EUR", True), ("USD", False), (None, None)])
def test_another_currency_than_the_stores_is_told(paper, ok):
    found = finding("currency", draft(currency=paper))
    assert (found.ok, found.expected, found.found) == (ok, "EUR", paper)


# --- Tax


def taxed(currency: str = "EUR", zone: str = "Europe/Berlin", **values: object) -> Check:
    paper = draft(currency=currency, **values)
    rates = rates_of(currency=currency, zone=zone)
    [only] = [f for f in check(paper, today=TODAY, currency=currency, rates=rates) if f.key == "tax"]
    return only


@pytest.mark.parametrize(
    "values",
    [
        {"subtotal": "10.00", "tax": "1.90", "total": "11.90"},  # on top
        {"tax": "1.90", "total": "11.90"},  # in the prices
        {"subtotal": "11.90", "tax": "1.90", "total": "11.90"},
        {"tax": "1.90", "tip": "2.00", "total": "13.90"},
        {"subtotal": "10.00", "tax": "1.91", "total": "11.91"},  # each line rounded by itself
        {"subtotal": "-10.00", "tax": "-0.70", "total": "-10.70"},  # money back
        {"tax": "1.20", "total": "13.20"},  # two rates together
    ],
)
def test_a_tax_that_the_countrys_rates_can_come_to_is_fine(values):
    assert taxed(**values).ok is True


def test_a_tax_above_every_rate_of_the_country_is_told_with_what_is_possible():
    off = taxed(subtotal="10.00", tax="3.10", total="13.10")
    assert (off.ok, off.field, off.expected, off.found) == (False, "tax", "1.90", "3.10")
    assert "31.0 % of 10.00" in off.message
    assert "19 %" in off.message


def test_the_same_tax_is_judged_by_the_rates_of_the_stores_own_country():
    values = {"subtotal": "100.00", "tax": "21.00", "total": "121.00"}
    assert taxed(**values, zone="Europe/Amsterdam").ok is True
    assert taxed(**values, zone="Europe/Berlin").ok is False
    assert taxed(**values, zone="UTC").ok is True  # some country of the euro
    assert taxed("USD", "America/Chicago", subtotal="100.00", tax="9.35", total="109.35").ok is True
    assert taxed("USD", "America/Chicago", subtotal="100.00", tax="19.00", total="119.00").ok is False


@pytest.mark.parametrize(
    ("values", "currency"),
    [
        ({"total": "10.00"}, "EUR"),
        ({"tax": "1.00"}, "EUR"),
        ({"tax": "1.00", "total": "11.00"}, "XAF"),  # a currency of which no rate is known
        (
            {"subtotal": "100.00", "tax": "0.70", "total": "100.70"},
            "EUR",
        ),  # most of it is untaxed, or misread
    ],
)
def test_where_a_tax_says_too_little_nothing_is_claimed(values, currency):
    assert taxed(currency, **values).ok is None


def test_a_tax_against_the_sum_and_one_of_everything_are_told():
    assert taxed(tax="-1.90", total="8.10").ok is False
    assert taxed(tax="10.00", total="10.00").ok is False


AMOUNTS = st.decimals(min_value="-999999999999.99", max_value="999999999999.99", places=2)
PRICES = st.decimals(min_value="-9999999999.9999", max_value="9999999999.9999", places=4)
QUANTITIES = st.decimals(min_value="-999999999.999", max_value="999999999.999", places=3)
LINES = st.builds(
    Line,
    description=st.text(max_size=20),
    quantity=st.none() | QUANTITIES,
    unit_price=st.none() | PRICES,
    discount=st.none() | AMOUNTS,
    total=st.none() | AMOUNTS,
)
DRAFTS = st.builds(
    Draft,
    date=st.none() | st.dates(),
    currency=st.sampled_from([None, "EUR", "JPY", "IDR"]),
    subtotal=st.none() | AMOUNTS,
    tax=st.none() | AMOUNTS,
    tip=st.none() | AMOUNTS,
    total=st.none() | AMOUNTS,
    items=st.lists(LINES, max_size=6).map(tuple),
    confidence=st.just(0.5),
    evidence=st.just({}),
    part=st.just(1),
    merchant=st.none(),
    address=st.none(),
    number=st.none(),
    time=st.none(),
    category=st.none(),
)


@given(paper=DRAFTS, today=st.dates())
def test_any_draft_gets_findings_that_explain_themselves_and_fit_in_json(paper, today):
    found = check(paper, today=today, currency="EUR")
    assert {f.key for f in found} == {"total", "sum", "items", "line", "tax", "date", "currency"}
    for one in found:
        assert one.message
        assert one.field in Draft.model_fields
        assert one.line is None or 1 <= one.line <= len(paper.items)
        assert json.loads(json.dumps(one.as_dict())) == one.as_dict()


POSITIVE = st.decimals(min_value="0.01", max_value="9999.99", places=2)


@given(
    lines=st.lists(st.tuples(st.integers(1, 99), POSITIVE), min_size=1, max_size=12),
    tax=st.none() | POSITIVE,
    tip=st.none() | POSITIVE,
    inclusive=st.booleans(),
)
def test_a_receipt_that_was_added_up_rightly_is_never_accused(lines, tax, tip, inclusive):
    items = [
        Line(description="x", quantity=Decimal(n), unit_price=price, total=n * price) for n, price in lines
    ]
    subtotal = sum((n * price for n, price in lines), Decimal(0))
    total = subtotal + (tip or 0) + (0 if inclusive else tax or 0)
    paper = draft(
        *items,
        subtotal=subtotal,
        tax=tax,
        tip=tip,
        total=total,
        date=TODAY - timedelta(days=1),
        currency="EUR",
    )
    accused = [f for f in check(paper, today=TODAY, currency="EUR") if f.ok is not True]
    assert [f.key for f in accused] == ["tax"]  # of which no rate was told
    assert accused[0].ok is None


@given(
    lines=st.lists(st.tuples(st.integers(1, 99), POSITIVE), min_size=1, max_size=12),
    error=st.decimals(min_value="1.00", max_value="9999.99", places=2),
    data=st.data(),
)
def test_a_line_amount_that_was_misread_is_always_named(lines, error, data):
    wrong = data.draw(st.integers(0, len(lines) - 1))
    items = [
        Line(
            description="x",
            quantity=Decimal(n),
            unit_price=price,
            total=n * price + (error if at == wrong else 0),
        )
        for at, (n, price) in enumerate(lines)
    ]
    total = sum((n * price for n, price in lines), Decimal(0))
    found = check(draft(*items, total=total), today=TODAY, currency="EUR")
    assert [f.line for f in found if f.key == "line" and f.ok is False] == [wrong + 1]
    [sums] = [f for f in found if f.key == "items"]
    assert sums.ok is False
    assert sums.line in {None, wrong + 1}
