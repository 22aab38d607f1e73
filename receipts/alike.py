"""Whether two bills are one: by what they say, and by whether they look the same.

Pure: takes facts, and returns a score with its reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date
from datetime import time as Time
from decimal import Decimal
from enum import StrEnum
from math import exp

# Of 255 bits: what two photos of one paper differ by at most. `make prove ARGS=looks` measures it.
NEAR_BITS = 46
LIKELY = 0.5  # the score from which two bills are told to be one
START = -6.0  # log-odds that two bills of one store are one, before anything is known of them
SHORTEST_NUMBER = 3


class Reason(StrEnum):
    SAME_IMAGE = "SAME_IMAGE"
    SAME_MERCHANT = "SAME_MERCHANT"
    SAME_DATE = "SAME_DATE"
    SAME_TIME = "SAME_TIME"
    SAME_TOTAL = "SAME_TOTAL"
    SAME_NUMBER = "SAME_NUMBER"
    SAME_LINES = "SAME_LINES"


# Log-odds that a fact adds where it is the same, and where both papers tell another one.
WEIGHTS: dict[Reason, tuple[float, float]] = {
    Reason.SAME_IMAGE: (9.0, 0.0),
    Reason.SAME_NUMBER: (4.0, -4.0),
    Reason.SAME_TIME: (3.0, -3.0),
    Reason.SAME_TOTAL: (2.5, -3.0),
    Reason.SAME_MERCHANT: (2.5, -2.0),
    Reason.SAME_DATE: (2.0, -2.5),
    Reason.SAME_LINES: (1.5, 0.0),
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a bill says; None or empty is what its paper does not say. `total` comes with its currency."""

    merchant: str = ""
    day: Date | None = None
    time: Time | None = None
    total: tuple[Decimal, str] | None = None
    number: str = ""
    lines: tuple[Decimal, ...] = ()


def compare(one: Facts, other: Facts, *, same_image: bool = False) -> tuple[Decimal, tuple[Reason, ...]]:
    """Score how likely two bills are one, from 0 to 1, with the facts that say so, the strongest first."""
    odds = START + (WEIGHTS[Reason.SAME_IMAGE][0] if same_image else 0.0)
    reasons = [Reason.SAME_IMAGE] if same_image else []
    for reason, (a, b) in _pairs(one, other).items():
        if a and b and a == b:
            odds += WEIGHTS[reason][0]
            reasons.append(reason)
        elif a and b:
            odds += WEIGHTS[reason][1]
    score = Decimal(1 / (1 + exp(-odds))).quantize(Decimal("0.001"))
    return score, tuple(sorted(reasons, key=lambda reason: -WEIGHTS[reason][0]))


def _pairs(one: Facts, other: Facts) -> dict[Reason, tuple[object, object]]:
    return {
        Reason.SAME_NUMBER: (_number(one.number), _number(other.number)),
        Reason.SAME_TIME: (_minute(one.time), _minute(other.time)),
        Reason.SAME_TOTAL: (one.total, other.total),
        Reason.SAME_MERCHANT: (_name(one.merchant), _name(other.merchant)),
        Reason.SAME_DATE: (one.day, other.day),
        Reason.SAME_LINES: (sorted(one.lines), sorted(other.lines)),
    }


def _number(text: str) -> str:
    """Give the letters and digits of a number; a short one, such as a table's, tells nothing."""
    kept = "".join(filter(str.isalnum, text)).upper()
    return kept if len(kept) >= SHORTEST_NUMBER else ""


def _minute(at: Time | None) -> tuple[int, int] | None:
    return None if at is None else (at.hour, at.minute)


def _name(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def nearest_looks(looks: Iterable[str], others: dict[int, str]) -> dict[int, int]:
    """Give, by its key, the bits by which each other picture differs from the nearest of `looks`."""
    import numpy as np  # only a worker gets here

    def bits(look: str) -> np.ndarray:
        return np.frombuffer(bytes.fromhex(look), np.uint64)

    mine = [bits(look) for look in looks]
    if not mine or not others:
        return {}
    views = np.stack(mine)
    return {key: int(np.bitwise_count(views ^ bits(look)).sum(axis=1).min()) for key, look in others.items()}
