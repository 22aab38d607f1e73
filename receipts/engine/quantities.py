"""How many at what price: the numbers of a line that multiply to its total."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from receipts.engine.numerals import Numeral

CENT = Decimal("0.01")
MOST = 999  # a whole number above is an article's code
_TIMES = re.compile(
    r"^\s*(?:[xX×*@]|pcs?\.?\b|ea\b|st(?:k|ck)?\.?\b|unit\b|kg\b|lbs?\b|[gl]\b|ltr?\b|litres?\b|nos?\b|qty\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"^\s*(kg|lbs?|g|l|ltr|litres?|pcs?|stk|st|ea|unit|m)\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:[xX×@]|qty:?)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many, of what unit, at what price each; `used` are the numbers of the row that say so."""

    value: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    used: tuple[Numeral, ...] = ()


def quantity_of(text: str, numbers: Sequence[Numeral], price: Numeral) -> Quantity:
    """Find the numbers of a row that explain its price, best explained first."""
    others = [number for number in numbers if number is not price and not number.percent and number.value > 0]
    return (
        _product(text, others, price)
        or _marked(text, others, price)
        or _leading(text, others, price)
        or Quantity()
    )


def _product(text: str, others: Sequence[Numeral], price: Numeral) -> Quantity | None:
    """Find two numbers that multiply to the price."""
    for each in reversed([number for number in others if number.places >= 1 or number.money]):
        for count in others:
            if count is each or not _counts(text, count):
                continue
            slack = CENT if count.places == 0 else max(CENT, abs(price.value) / 200)
            if abs(count.value * each.value - price.value) <= slack:
                return Quantity(
                    count.value, _unit(text, count), each.value, (count, each, *_repeats(others, price))
                )
    same = [number for number in others if number.money and number.value == price.value]
    if same:
        ones = [
            number for number in others if number.value == 1 and number.places == 0 and _alone(text, number)
        ]
        return Quantity(Decimal(1), _unit(text, ones[0]) if ones else "", price.value, (*ones[:1], *same))
    return None


def _repeats(others: Sequence[Numeral], price: Numeral) -> list[Numeral]:
    return [number for number in others if number.money and number.value == price.value]


def _marked(text: str, others: Sequence[Numeral], price: Numeral) -> Quantity | None:
    """Find a count, or a price each, with a mark of multiplication beside it."""
    for number in others:
        mark = _TIMES.match(text[number.end :]) or _BEFORE.search(text[: number.start])
        if not mark or (number.places and not number.money):
            continue  # a fraction with no price each is the size of the article
        share = price.value / number.value
        if number.money and share == share.to_integral_value() and 1 < share <= MOST:
            return Quantity(share.to_integral_value(), "", number.value, (number,))
        if _counts(text, number) and not number.money and _alone(text, number):
            exact = share == share.quantize(CENT)
            return Quantity(number.value, _unit(text, number), share if exact else None, (number,))
    return None


def _leading(text: str, others: Sequence[Numeral], price: Numeral) -> Quantity | None:
    """Take a whole number that stands alone at the front, or in a column of its own before the price."""
    for number in others:
        if number.places or number.money or number.value > 99 or not _alone(text, number):
            continue
        front = not text[: number.start].strip()
        column = text[: number.start].endswith("  ") and text[number.end :].startswith("  ")
        if front or column:
            each = price.value / number.value
            return Quantity(number.value, "", each if each == each.quantize(CENT) else None, (number,))
    return None


def _counts(text: str, number: Numeral) -> bool:
    """Tell whether a number can be a quantity: small, and no part of a word."""
    return number.value <= MOST and not (number.places == 0 and text[number.start] == "0")


def _alone(text: str, number: Numeral) -> bool:
    """Tell whether no letters touch the number, other than a mark of multiplication or a unit."""
    after = text[number.end : number.end + 1]
    return not after.isalnum() or bool(_TIMES.match(text[number.end :]))


def _unit(text: str, number: Numeral) -> str:
    found = _UNIT.match(text[number.end :])
    return found[1].lower() if found else ""
