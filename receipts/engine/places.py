"""Cues of country on the paper: the currency that is meant, and the order of day and month."""

import re
from collections import Counter

from receipts.engine.sheet import Sheet
from receipts.engine.text import any_of

_CUES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (country, any_of(table))
    for country, table in (
        (
            "MY",
            r"sdn\.? ?bhd|\bs/b\b|\bjalan\b|\bjln\b|taman|selangor|kuala lumpur|malaysia|johor|petaling|\brm\b|\brm ?\d",
        ),
        ("ID", r"\bpt\.? |jakarta|indonesia|bandung|surabaya|\bppn\b|\bpajak|kembali|\bbayar\b|\brp\.? ?\d"),
        ("SG", r"singapore|pte\.? ?ltd|\bs\$"),
        (
            "DE",
            r"\bmwst\b|\bgmbh\b|stra[sß]s?e\b|\bstr\.|steuernr|ust-?id|\bsumme\b|\bbar\b.*\beur|zu zahlen",
        ),
        ("FR", r"\btva\b|\bttc\b|\bmerci\b|siret|\bsarl\b"),
        ("ES", r"\bcif\b|\bnif\b|\bc/ |gracias|\bfactura\b|\biva\b|euros"),
        ("IT", r"p\.? ?iva|scontrino|\bgrazie\b|\bcoperto|\bcoperti\b"),
        ("GB", r"\blondon\b|\bvat (?:no|reg)|united kingdom|\buk\b|£"),
        (
            "US",
            r"""\b[a-z]{2},? +\d{5}(?:-\d{4})?\b
            \(\d{3}\) ?\d{3}[- .]\d{4}|\b\d{3}-\d{3}-\d{4}\b
            sales tax|gratuity|\busa\b|\bus\$
            new york|los angeles|\bchicago|san francisco
            """,
        ),
        (
            "CA",
            r"\bhst\b|\bpst\b|\bqst\b|\btps\b|\btvq\b|canada|quebec|montreal|toronto|\b(?:on|qc|bc|ab) [a-z]\d[a-z] ?\d[a-z]\d\b",
        ),
        ("AU", r"\babn\b|australia|\bnsw\b|\bvic \d{4}|\bqld\b|eftpos"),
        ("NZ", r"new zealand|auckland"),
        ("IN", r"\bcgst\b|\bsgst\b|gstin|\bindia\b|\brs\.? ?\d|mumbai|delhi|bangalore"),
        ("PH", r"philippines|manila|\bphp\b|vatable"),
        ("HK", r"hong kong|hk\$"),
        ("TW", r"taiwan|nt\$"),
        ("MA", r"maroc|casablanca|\bdhs?\b"),
    )
)
_CURRENCY = {
    "MY": "MYR", "ID": "IDR", "SG": "SGD", "DE": "EUR", "FR": "EUR", "ES": "EUR", "IT": "EUR", "GB": "GBP", "US": "USD", "CA": "CAD",
    "AU": "AUD", "NZ": "NZD", "IN": "INR", "PH": "PHP", "HK": "HKD", "TW": "TWD", "MA": "MAD",
}  # fmt: skip
_DOLLARS = {"US", "CA", "AU", "NZ", "SG", "HK", "TW"}
_MONTH_FIRST = {"US", "PH"}


def countries(sheet: Sheet) -> list[str]:
    """Return the countries that the paper hints at, the one with the most rows first."""
    votes: Counter[str] = Counter()
    for entry in sheet.entries:
        for country, pattern in _CUES:
            if pattern.search(entry.plain):
                votes[country] += 1
    return [country for country, _ in votes.most_common()]


def currency_of_sheet(sheet: Sheet, hint: str | None) -> str | None:
    """Return the currency: the sign or code most printed, else what country and `hint` make of a bare $."""
    printed: Counter[str] = Counter()
    for entry in sheet.entries:
        printed.update(number.currency for number in entry.numbers if number.currency)
        printed.update(code for code in re.findall(r"\b(?:EUR|MYR|USD|GBP|IDR|SGD|CHF)\b", entry.row.text))
        printed.update("MYR" for _ in re.findall(r"(?<![A-Za-z])RM(?![A-Za-z])", entry.row.text))
    if printed:
        return printed.most_common(1)[0][0]
    seen = countries(sheet)
    if any("$" in entry.row.text for entry in sheet.entries):
        if hint and hint.endswith("D"):
            return hint
        return next((_CURRENCY[country] for country in seen if country in _DOLLARS), "USD")
    return _CURRENCY[seen[0]] if seen else None


def month_first(sheet: Sheet, hint: str | None) -> bool | None:
    """Tell whether the country writes the month before the day; None when the paper gives no cue."""
    seen = countries(sheet)
    if seen:
        return seen[0] in _MONTH_FIRST
    if hint:
        return hint == "USD"
    return True if any("$" in entry.row.text for entry in sheet.entries) else None
