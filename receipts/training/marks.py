"""How well drafts agree with what is known: the measures by which a learned choice must beat the rules."""

import re
from collections.abc import Sequence
from decimal import Decimal

from rapidfuzz import fuzz

from receipts.draft import Draft
from receipts.training.corpora import Priced

SAME_NAME = 90  # of 100: a merchant's name spelt so alike is right
SAME_LINE = 70


def same_name(one: str | None, other: str) -> bool:
    """Tell whether two names of merchants are one, but for a letter or a mark."""
    return fuzz.ratio(_letters(one), _letters(other)) >= SAME_NAME


def lines_found(draft: Draft, true: Sequence[Priced]) -> int:
    """Count the lines with their printed price and a name much like it, each once."""
    left = list(true)
    for line in draft.items:
        price = (line.total or Decimal(0)) + (line.discount or Decimal(0))
        alike = [one for one in left if one[1] == price and _alike(line.description, one[0]) >= SAME_LINE]
        if alike:
            left.remove(max(alike, key=lambda one: _alike(line.description, one[0])))
    return len(true) - len(left)


def _alike(one: str, other: str) -> float:
    """Grade two names 0..100; one of five letters and more that is part of the other is alike."""
    short, long = sorted((_letters(one), _letters(other)), key=len)
    whole: float = fuzz.ratio(short, long)
    return max(whole, 85.0) if len(short) >= 5 and short in long else whole


def _letters(text: str | None) -> str:
    return re.sub(r"[^0-9a-z]", "", (text or "").lower())
