"""The countries that a paper hints at, by its words, names of places and forms of numbers."""

import re
from collections import Counter
from collections.abc import Sequence

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


def countries(texts: Sequence[str]) -> list[str]:
    """Return the countries that rows of plain text hint at, the one with the most rows first."""
    whole = "\n".join(texts)
    hinted = [(country, pattern) for country, pattern in _CUES if pattern.search(whole)]
    votes: Counter[str] = Counter()
    for text in texts:
        votes.update(country for country, pattern in hinted if pattern.search(text))
    return [country for country, _ in votes.most_common()]
