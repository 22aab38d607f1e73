"""Units that energy and power are noted in."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from energy.meter_files.errors import BadCell

PLACES = Decimal("0.000001")
LARGEST = Decimal(10) ** 10  # kWh; the books have no room for more
SECONDS_AN_HOUR = 3600


class Unit(StrEnum):
    """Power is the mean over the reading's time; KWMIN is minute means of kW, added up."""

    W = "W"
    KW = "kW"
    WH = "Wh"
    KWH = "kWh"
    MWH = "MWh"
    GWH = "GWh"
    KWMIN = "kWmin"


POWER: dict[Unit, int] = {Unit.W: 1000, Unit.KW: 1}  # how many make a kW
ENERGY: dict[Unit, tuple[int, int]] = {  # times, divided by: kWh
    Unit.WH: (1, 1000),
    Unit.KWH: (1, 1),
    Unit.MWH: (1000, 1),
    Unit.GWH: (1_000_000, 1),
    Unit.KWMIN: (1, 60),
}
BY_NAME = {unit.lower(): unit for unit in Unit}
# Beside a letter it is part of a word, as in "wind"; a lone W stands in brackets or last.
IN_HEADER = re.compile(
    r"(?<![a-z])(gwh|mwh|kwh|wh|kw[\s_·*.]?min|kw)(?![a-z])|[(\[/]\s*(w)\s*[)\]]|[\s_](w)$"
)


def unit_named(text: str) -> Unit | None:
    """Find a unit by its name, in whatever case: mWh too is taken for megawatt-hours."""
    return BY_NAME.get(text.strip().lower())


def unit_in(header: str) -> Unit | None:
    """Find the unit that a column's name bears, such as "Energy [kWh]"."""
    found = IN_HEADER.search(header.strip().lower())
    if found is None:
        return None
    name = found[1] or found[2] or found[3]
    return BY_NAME["kwmin" if name.endswith("min") else name]


def kwh(value: Decimal, unit: Unit, seconds: float) -> Decimal:
    """Turn what was noted for so many seconds into kWh, to a millionth.

    Raises: BadCell below zero and above all reason.
    """
    if value < 0:
        raise BadCell("The value is below zero.")
    try:
        if unit in POWER:
            energy = value * int(seconds) / (POWER[unit] * SECONDS_AN_HOUR)
        else:
            times, by = ENERGY[unit]
            energy = value * times / by if by != 1 else value * times
        if energy < LARGEST:
            return energy.quantize(PLACES, ROUND_HALF_UP)
    except InvalidOperation as error:
        raise BadCell("The value is no number.") from error
    raise BadCell("The value is too large.")
