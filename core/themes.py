"""How a front end looks for a store: the colours of its type or its own, and the cards it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

COLOUR = re.compile(r"#[0-9A-F]{6}\Z")


@dataclass(frozen=True)
class Palette:
    """Colours as #RRGGBB. `text` is readable on `background` and on `surface`: 4.5 to 1 at least."""

    primary: str
    secondary: str
    accent: str
    background: str = "#FFFFFF"
    surface: str = "#F5F5F4"
    text: str = "#1C1917"


COLOURS = tuple(field.name for field in fields(Palette))
PLAIN = Palette(primary="#1D4ED8", secondary="#475569", accent="#F59E0B")

# By store type; a type that is not named looks plain.
PALETTES: dict[str, Palette] = {
    "GROCERY": Palette("#15803D", "#4D7C0F", "#F97316", "#FFFFFF", "#F0FDF4", "#14251A"),
    "RESTAURANT": Palette("#B91C1C", "#78350F", "#D97706", "#FFFFFF", "#FEF2F2", "#2A1512"),
    "CAFE": Palette("#78350F", "#A16207", "#0D9488", "#FFFBF5", "#FAF0E4", "#2B1A0E"),
    "BAKERY": Palette("#B45309", "#92400E", "#DB2777", "#FFFDF7", "#FEF3C7", "#2E1E0A"),
    "MUSIC": Palette("#7E22CE", "#4338CA", "#EC4899", "#FFFFFF", "#FAF5FF", "#1E1230"),
    "BOOKS": Palette("#1E3A8A", "#7C2D12", "#CA8A04", "#FFFEFA", "#F5F1E6", "#1F2233"),
    "ELECTRONICS": Palette("#0369A1", "#334155", "#06B6D4", "#FFFFFF", "#F0F9FF", "#0F1E2B"),
    "CLOTHING": Palette("#BE185D", "#57534E", "#0EA5E9", "#FFFFFF", "#FDF2F8", "#2B1320"),
    "PHARMACY": Palette("#0F766E", "#0E7490", "#22C55E", "#FFFFFF", "#F0FDFA", "#0D2422"),
    "SERVICES": Palette("#334155", "#0F766E", "#EAB308", "#FFFFFF", "#F1F5F9", "#111827"),
    "PERSONAL": Palette("#4338CA", "#64748B", "#F43F5E", "#FFFFFF", "#EEF2FF", "#17152B"),
}


def palette_of(type: str, own: Mapping[str, str]) -> Palette:
    """Give the colours of a store of a type, its own before those of the type."""
    return replace(PALETTES.get(type, PLAIN), **{name: own[name] for name in COLOURS if name in own})


class Card(StrEnum):
    """What a dashboard can show."""

    SPENT_THIS_MONTH = "SPENT_THIS_MONTH"
    SPENDING_BY_DAY = "SPENDING_BY_DAY"
    SPENDING_BY_CATEGORY = "SPENDING_BY_CATEGORY"
    TOP_MERCHANTS = "TOP_MERCHANTS"
    TOP_ITEMS = "TOP_ITEMS"
    BILLS_TO_REVIEW = "BILLS_TO_REVIEW"
    RECENT_BILLS = "RECENT_BILLS"
    RECENT_UPLOADS = "RECENT_UPLOADS"
    MEMBERS = "MEMBERS"


USUAL_CARDS = (
    Card.SPENT_THIS_MONTH,
    Card.BILLS_TO_REVIEW,
    Card.SPENDING_BY_CATEGORY,
    Card.SPENDING_BY_DAY,
    Card.RECENT_BILLS,
)
