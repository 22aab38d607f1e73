"""What does not add up on a draft: each check explains itself, and none of them blocks.

Pure: takes a draft, the day, the store's currency and the rates of tax, and returns frozen findings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from receipts.draft import Draft, Line, Source
from receipts.taxes import Rates

OLDEST_YEARS = 10
PRINTED = (
    "merchant",
    "date",
    "number",
    "subtotal",
    "tax",
    "tip",
    "total",
)  # what a paper says in so many words
ZERO = Decimal(0)
CENT = Decimal("0.01")
# Where 5 cents are the smallest coin, a rounded total is a multiple of it and less than one coin away.
COIN = Decimal("0.05")
# Currencies without a minor unit by ISO 4217, and two (HUF, IDR) whose minor unit is out of use.
WHOLE = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF", "HUF", "IDR"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One finding; `ok` is None where the paper says too little to tell.

    Units: `expected` and `found` are amounts in the draft's currency, ISO dates or currency codes, as text,
    or another bill in words. `field` is a field of Draft, None for the whole; `line` is the suspect line's
    place in its items, counted from 1.
    """

    key: str
    ok: bool | None
    message: str
    field: str | None
    expected: str | None = None
    found: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, str | int | bool | None]:
        """Return the finding in a form that JSON can hold."""
        return dict(vars(self))  # plain values all: nothing in them wants a copy


def check(draft: Draft, *, today: date, currency: str, rates: Rates | None = None) -> tuple[Check, ...]:
    """Check one draft for sense.

    `today` is the business day in the store's zone, `currency` the store's own, `rates` those of the draft's
    currency. The keys are "total", "sum", "items", "line" (one finding for each line that is off, else one
    for all), "tax", "taxes" (where the paper tells rates), "date", "currency", "paper" (where a model told).
    """
    unit = Decimal(1) if (draft.currency or currency) in WHOLE else CENT
    return (
        _total(draft),
        _sum(draft, _slack(draft, unit)),
        _items(draft, _slack(draft, unit)),
        *_lines(draft.items, unit),
        _tax(draft, rates, unit),
        *_taxes(draft, unit),
        _date(draft, today),
        _currency(draft, currency),
        *_paper(draft),
    )


def duplicate(others: Sequence[str]) -> Check:
    """Say which `others`, described in words, a bill may be the same as; its key is "duplicate"."""
    if not others:
        return Check(key="duplicate", ok=True, field=None, message="No other bill is like this one.")
    found = "; ".join(others)
    message = f"This may be the same as another bill: {found}."
    return Check(key="duplicate", ok=False, field=None, found=found, message=message)


def _total(draft: Draft) -> Check:
    if draft.total is None:
        return Check(key="total", ok=False, field="total", message="No total was found on the paper.")
    return Check(key="total", ok=True, field="total", found=str(draft.total), message="There is a total.")


def _slack(draft: Draft, unit: Decimal) -> Decimal:
    """Say how far sums may be apart: one unit, or less than a coin where the total was rounded to coins."""
    on_a_coin = draft.total is not None and draft.total % COIN == 0
    return max(unit, COIN - CENT) if on_a_coin else unit


def _sum(draft: Draft, slack: Decimal) -> Check:
    """Compare subtotal, tax and tip with the total; the subtotal may have the tax in it or not."""
    if draft.subtotal is None or draft.total is None:
        message = "Only a subtotal and a total together can be compared."
        return Check(key="sum", ok=None, field="total", message=message)
    tax, tip = draft.tax or ZERO, draft.tip or ZERO
    expected = _nearest(draft.total, [draft.subtotal + tax + tip, draft.subtotal + tip])
    ok = abs(draft.total - expected) <= slack
    message = f"Subtotal, tax and tip come to {expected}, the total says {draft.total}."
    if ok:
        message = "Subtotal, tax and tip add up to the total."
    found = str(draft.total)
    return Check(key="sum", ok=ok, field="total", expected=str(expected), found=found, message=message)


def _items(draft: Draft, slack: Decimal) -> Check:
    """Compare the lines' sum with the subtotal or the total, each before or after tax."""
    blank = next((n for n, line in enumerate(draft.items, start=1) if line.total is None), None)
    goals = _goals(draft)
    if not draft.items or blank or not goals:
        message = "There is no subtotal or total to compare the lines with."
        if not draft.items:
            message = "No lines were found on the paper."
        elif blank:
            message = f"Line {blank} has no amount, so the lines cannot be added up."
        return Check(key="items", ok=None, field="items", line=blank, message=message)
    found = sum((line.total for line in draft.items if line.total is not None), ZERO)
    expected = _nearest(found, goals)
    if abs(found - expected) <= slack:
        ok, line, message = True, None, "The lines add up."
    else:
        ok = False
        line, expected = _suspect(draft.items, found, goals, slack) or (None, expected)
        message = f"The lines add up to {found}, the paper says {expected}."
        if line:
            message += f" Look at line {line}: {draft.items[line - 1].description}."
    return Check(
        key="items",
        ok=ok,
        field="items",
        expected=str(expected),
        found=str(found),
        line=line,
        message=message,
    )


def _goals(draft: Draft) -> list[Decimal]:
    """List what the lines may add up to, the likeliest first."""
    tax, tip = draft.tax or ZERO, draft.tip or ZERO
    goals = []
    if draft.subtotal is not None:
        goals += [draft.subtotal, draft.subtotal + tax]
    if draft.total is not None:
        goals += [draft.total - tip, draft.total - tip - tax]
    return list(dict.fromkeys(goals))


def _suspect(
    items: Sequence[Line], found: Decimal, goals: Sequence[Decimal], slack: Decimal
) -> tuple[int, Decimal] | None:
    """Name the one line which, read otherwise, makes the sum right, with the goal that it then meets."""
    for goal in goals:
        gap = goal - found
        suspects = [
            position
            for position, line in enumerate(items, start=1)
            if any(abs(change - gap) <= slack for change in _other_readings(line))
        ]
        if len(suspects) == 1:
            return suspects[0], goal
    return None


def _other_readings(line: Line) -> Iterator[Decimal]:
    """Yield by how much the sum would change if the line's amount were misread in a usual way."""
    total = line.total or ZERO
    product = _product(line)
    others = [
        ZERO,  # no article at all, such as a payment or a sum
        -total,  # a lost minus sign
        *(total * 10, total * 100, total / 10, total / 100),  # a lost or invented decimal point
        *([product] if product is not None else []),
    ]
    yield from (other - total for other in others if other != total)


def _lines(items: Sequence[Line], unit: Decimal) -> Iterator[Check]:
    """Compare quantity times unit price with each line's amount."""
    told = [(n, line, _product(line)) for n, line in enumerate(items, start=1) if line.total is not None]
    off = [
        (n, line, product)
        for n, line, product in told
        if product is not None and not _pays(line, product, unit)
    ]
    for position, line, product in off:
        expected = product.quantize(unit, rounding=ROUND_HALF_UP)
        message = f"{line.quantity} × {line.unit_price} comes to {expected}, the line says {line.total}."
        yield Check(
            key="line",
            ok=False,
            field="items",
            expected=str(expected),
            found=str(line.total),
            line=position,
            message=f"Line {position}, {line.description}: {message}",
        )
    if not any(product is not None for *_, product in told):
        message = "No line has a quantity, a unit price and an amount to compare."
        yield Check(key="line", ok=None, field="items", message=message)
    elif not off:
        message = "Quantity times unit price gives each line's amount."
        yield Check(key="line", ok=True, field="items", message=message)


def _product(line: Line) -> Decimal | None:
    """Multiply quantity and unit price and take the discount off."""
    if line.quantity is None or line.unit_price is None:
        return None
    return line.quantity * line.unit_price - abs(line.discount or ZERO)


def _pays(line: Line, product: Decimal, unit: Decimal) -> bool:
    """Tell whether the amount is the product, with the discount taken off or printed apart.

    Each printed figure is rounded to its unit, so the product may be off by half of one for each piece.
    """
    if line.total is None or line.quantity is None:
        return False
    tolerance = unit / 2 * (abs(line.quantity) + 1)
    before = product + abs(line.discount or ZERO)
    return min(abs(line.total - product), abs(line.total - before)) <= tolerance


def _tax(draft: Draft, rates: Rates | None, unit: Decimal) -> Check:
    """Compare the tax with what the rates make of the net amount; parts may bear a lower rate or none."""
    net = _net(draft)
    if draft.tax is None or net is None or rates is None:
        message = "No rate of tax is known for this currency."
        if draft.tax is None or net is None:
            message = "Only a tax and a sum together tell a rate."
        return Check(key="tax", ok=None, field="tax", message=message)
    rate = (100 * draft.tax / net).quantize(Decimal("0.1")) if net else None
    ok, expected, message = _rated(draft.tax, net, rates, 2 * unit)
    if rate is not None:
        message = f"The tax is {rate} % of {net}: {message}"
    return Check(key="tax", ok=ok, field="tax", expected=str(expected), found=str(draft.tax), message=message)


def _net(draft: Draft) -> Decimal | None:
    """Give what the tax is on: the subtotal that it comes on top of, else the total without tax and tip."""
    tax, tip = draft.tax or ZERO, draft.tip or ZERO
    if draft.total is None:
        return draft.subtotal
    if draft.subtotal is not None and abs(draft.subtotal + tax + tip - draft.total) < COIN:
        return draft.subtotal
    return draft.total - tip - tax


def _rated(tax: Decimal, net: Decimal, rates: Rates, slack: Decimal) -> tuple[bool | None, Decimal, str]:
    """Judge a tax by the rates: whether it can be, the nearest amount that can, and why in words."""
    unit = Decimal("0.01")
    highest = (net * rates.highest / 100).quantize(unit, rounding=ROUND_HALF_UP)
    if abs(tax) > abs(highest) + slack:
        return False, highest, f"no rate is above {rates.highest} %, which comes to {highest}."
    if tax * net < 0:
        return False, highest, "tax and sum have opposite signs."
    amounts = {rate: (net * rate / 100).quantize(unit, rounding=ROUND_HALF_UP) for rate in rates.known}
    exact = next((rate for rate, amount in amounts.items() if abs(amount - tax) <= slack), None)
    if exact is not None:
        return True, amounts[exact], f"that is the rate of {exact} %."
    if amounts and tax and abs(tax) < min(map(abs, amounts.values())):
        lowest = min(amounts, key=lambda rate: abs(amounts[rate]))
        return None, amounts[lowest], f"less than the lowest rate of {lowest} %; part of it may be untaxed."
    return True, tax, "several rates together can come to that."


def _taxes(draft: Draft, unit: Decimal) -> Iterator[Check]:
    """Compare each rate's tax with its base, and their sum with the tax; nothing where no rates are told.

    A tax that was rounded line by line is off by some cents.
    """
    if not draft.taxes:
        return
    found = sum((tax.amount for tax in draft.taxes), ZERO)
    if draft.tax is not None and found != draft.tax:
        message = f"The taxes by rate add up to {found}, the tax says {draft.tax}."
        yield Check(
            key="taxes", ok=False, field="tax", expected=str(found), found=str(draft.tax), message=message
        )
        return
    for tax in draft.taxes:
        expected = (tax.base * (tax.rate or ZERO) / 100).quantize(unit, rounding=ROUND_HALF_UP)
        if abs(tax.amount - expected) > max(unit, COIN):
            message = f"{tax.rate or 0} % of {tax.base} come to {expected}, the invoice says {tax.amount}."
            yield Check(
                key="taxes",
                ok=False,
                field="tax",
                expected=str(expected),
                found=str(tax.amount),
                message=message,
            )
            return
    yield Check(key="taxes", ok=True, field="tax", found=str(found), message="The taxes by rate add up.")


def _date(draft: Draft, today: date) -> Check:
    day = draft.date
    if day is None:
        message = "No date was found; the bill counts on the day of its entry."
        return Check(key="date", ok=None, field="date", message=message)
    ok, message, expected = True, "The date is plausible.", None
    if day > today:
        ok, message, expected = False, f"The date {day} is in the future.", str(today)
    elif (day.year + OLDEST_YEARS, day.month, day.day) < (today.year, today.month, today.day):
        ok, message = False, f"The date {day} is more than {OLDEST_YEARS} years ago."
    return Check(key="date", ok=ok, field="date", expected=expected, found=str(day), message=message)


def _currency(draft: Draft, currency: str) -> Check:
    paper = draft.currency
    if paper is None:
        ok, message = None, f"No currency was found; {currency} is assumed, as the store has it."
    elif paper == currency:
        ok, message = True, "The currency is the store's."
    else:
        ok, message = False, f"The paper is in {paper}, the store keeps its books in {currency}."
    return Check(key="currency", ok=ok, field="currency", expected=currency, found=paper, message=message)


def _paper(draft: Draft) -> Iterator[Check]:
    """Name what a model told and nobody finds on the paper; nothing where no model read it."""
    told = {name: one for name, one in draft.evidence.items() if one.source is Source.LLM}
    lines = [
        (n, line)
        for n, line in enumerate(draft.items, start=1)
        if line.evidence and line.evidence.source is Source.LLM
    ]
    if not told and not lines:
        return
    unseen = [name for name in PRINTED if name in told and told[name].box is None]
    for name in unseen:
        value = str(getattr(draft, name))
        message = f"A model told the {name} {value}, which is not found on the paper."
        yield Check(key="paper", ok=False, field=name, found=value, message=message)
    lost = next(((n, line) for n, line in lines if line.evidence and line.evidence.box is None), None)
    if lost:
        message = f"A model told line {lost[0]}, {lost[1].description}, which is not found on the paper."
        yield Check(key="paper", ok=False, field="items", line=lost[0], message=message)
    if not unseen and not lost:
        message = "What a model told is found on the paper."
        yield Check(key="paper", ok=True, field=None, message=message)


def _nearest(amount: Decimal, among: Sequence[Decimal]) -> Decimal:
    return min(among, key=lambda other: abs(other - amount))
