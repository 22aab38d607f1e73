"""Cues of country on the paper: the currency that is meant, and the order of day and month."""

import re
from collections import Counter

from receipts.engine.sheet import Sheet

_CURRENCY = {
    "MY": "MYR", "ID": "IDR", "SG": "SGD", "DE": "EUR", "FR": "EUR", "ES": "EUR", "IT": "EUR", "GB": "GBP", "US": "USD", "CA": "CAD",
    "AU": "AUD", "NZ": "NZD", "IN": "INR", "PH": "PHP", "HK": "HKD", "TW": "TWD", "MA": "MAD",
}  # fmt: skip
_DOLLARS = {"US", "CA", "AU", "NZ", "SG", "HK", "TW"}
_MONTH_FIRST = {"US", "PH"}


def currency_of_sheet(sheet: Sheet, hint: str | None) -> str | None:
    """Return the currency: the sign or code most printed, else what country and `hint` make of a bare $."""
    printed: Counter[str] = Counter()
    for entry in sheet.entries:
        printed.update(number.currency for number in entry.numbers if number.currency)
        printed.update(code for code in re.findall(r"\b(?:EUR|MYR|USD|GBP|IDR|SGD|CHF)\b", entry.row.text))
        printed.update("MYR" for _ in re.findall(r"(?<![A-Za-z])RM(?![A-Za-z])", entry.row.text))
    if printed:
        return printed.most_common(1)[0][0]
    seen = sheet.countries
    if any("$" in entry.row.text for entry in sheet.entries):
        if hint and hint.endswith("D"):
            return hint
        return next((_CURRENCY[country] for country in seen if country in _DOLLARS), "USD")
    return _CURRENCY[seen[0]] if seen else None


def month_first(sheet: Sheet, hint: str | None) -> bool | None:
    """Tell whether the country writes the month before the day; None when the paper gives no cue."""
    seen = sheet.countries
    if seen:
        return seen[0] in _MONTH_FIRST
    if hint:
        return hint == "USD"
    return True if any("$" in entry.row.text for entry in sheet.entries) else None
