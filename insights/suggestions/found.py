"""What a rule has found: a sentence, its figures, the rows behind it, what it may be worth. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
HUNDREDTH = Decimal("0.01")
SUREST = Decimal("0.95")  # rules see the books alone, and never all of a store
LEAST = Decimal(1)  # a month, in the store's currency: what is worth less is not told
DAYS_A_MONTH = Decimal("30.44")
LINKS = 6  # rows that are named as evidence of one suggestion


class Kind(StrEnum):
    CHEAPER_SOURCE = "CHEAPER_SOURCE"
    PRICE_RISE = "PRICE_RISE"
    DUPLICATE_CHARGE = "DUPLICATE_CHARGE"
    STANDING_CHARGE = "STANDING_CHARGE"
    UNCLAIMED_TAX = "UNCLAIMED_TAX"
    UNSORTED_SPENDING = "UNSORTED_SPENDING"
    NIGHT_BASE_LOAD = "NIGHT_BASE_LOAD"
    DEVICE_USES_MORE = "DEVICE_USES_MORE"
    SHIFT_LOAD = "SHIFT_LOAD"
    SLOW_STOCK = "SLOW_STOCK"
    THIN_MARGIN = "THIN_MARGIN"
    STAFFING = "STAFFING"


OF_ENERGY = frozenset({Kind.NIGHT_BASE_LOAD, Kind.DEVICE_USES_MORE, Kind.SHIFT_LOAD})


@dataclass(frozen=True, kw_only=True)
class Link:
    """A row behind a suggestion, with what it adds; `key` is None for what is known by its name alone."""

    kind: str  # BILL, ITEM, PRODUCT, DEVICE or MERCHANT; empty where it is no row
    key: int | None
    name: str
    label: str  # what the value is
    value: Decimal
    unit: str = ""  # a currency, kWh, kW or h; empty for a number


def links_of(kind: str, key: int, name: str, *values: tuple[str, Decimal, str]) -> tuple[Link, ...]:
    """Name one row with several values: of each its label, what it is, and its unit."""
    return tuple(
        Link(kind=kind, key=key, name=name, label=label, value=value, unit=unit)
        for label, value, unit in values
    )


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a rule has found; `saving` is a month's, in the store's currency, None where it is no money.

    `figures` holds every number and name that stands in the text, as it is written there, by its place in
    `template`: whoever words the text anew may move the places, and write no number.
    """

    kind: Kind
    about: str  # what tells its cause from others of its kind, however long
    template: str
    figures: Mapping[str, str]
    confidence: Decimal
    saving: Decimal | None = None
    links: tuple[Link, ...] = field(default=())

    @property
    def text(self) -> str:
        return self.template.format_map(self.figures)

    @property
    def cause(self) -> str:
        """What it is about in a few characters, the same every night."""
        return (
            f"{self.kind}:{hashlib.sha256(self.about.encode()).hexdigest()[:24]}" if self.about else self.kind
        )


def amount(value: Decimal, currency: str) -> str:
    return f"{value.quantize(CENT, ROUND_HALF_UP):f} {currency}"


def price(value: Decimal, currency: str) -> str:
    """Write a price: to the cent, and as far as it goes beyond."""
    digits = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{min(digits, 4)}f} {currency}"


def percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal(1), ROUND_HALF_UP)} %"


def number(value: Decimal, places: int = 1) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"


def a_month(value: Decimal, *, days: int) -> Decimal:
    """Turn what some days came to into a month's, to the cent."""
    return (value * DAYS_A_MONTH / max(days, 1)).quantize(CENT, ROUND_HALF_UP)


def sure(observations: int, *, half: int = 2, of: Decimal = Decimal(1)) -> Decimal:
    """Say how sure so many observations make: half of `of` by `half` of them, never all of it."""
    share = Decimal(observations) / (observations + half) * of
    return min(share, SUREST).quantize(HUNDREDTH, ROUND_HALF_UP)
