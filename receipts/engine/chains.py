"""Names of shops that print a logo instead of their name, so that OCR garbles or loses it."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from receipts.engine.text import fold

NAMES = (
    # Germany, Austria, Switzerland
    "Aldi", "Lidl", "Rewe", "Edeka", "Kaufland", "Marktkauf", "Netto", "Penny", "Norma", "Globus", "Real", "Tegut", "Hit", "Famila", "Combi",
    "dm", "Rossmann", "Müller", "Budni", "IKEA", "Roller", "Poco", "Höffner", "XXXLutz", "Obi", "Toom", "Hornbach", "Bauhaus", "Hagebau",
    "Hellweg", "MediaMarkt", "Saturn", "Expert", "Euronics", "Conrad", "Action", "Tedi", "Woolworth", "KiK", "Deichmann", "C&A", "H&M",
    "Decathlon", "Intersport", "Thalia", "Hugendubel", "Douglas", "Fressnapf", "Depot", "Tchibo", "Backwerk", "Nordsee", "Aral", "Esso", "Jet",
    "Spar", "Billa", "Hofer", "Bipa", "Migros", "Coop", "Denner", "Manor",
    # United Kingdom, Ireland
    "Tesco", "Sainsbury's", "Asda", "Morrisons", "Waitrose", "Marks & Spencer", "Boots", "Superdrug", "Argos", "Greggs", "Pret A Manger", "Costa",
    # North America
    "Walmart", "Target", "Costco", "Kroger", "Safeway", "Albertsons", "Publix", "Whole Foods", "Trader Joe's", "Meijer", "Walgreens", "CVS",
    "Rite Aid", "Home Depot", "Lowe's", "Best Buy", "Macy's", "Kohl's", "Nordstrom", "Staples", "Office Depot", "Starbucks", "McDonald's",
    "Burger King", "Subway", "Chipotle", "Wendy's", "Five Guys", "Panera", "Dunkin", "Taco Bell", "Red Robin", "Chick-fil-A", "Shake Shack",
    "Loblaws", "Metro", "Sobeys", "Tim Hortons", "Canadian Tire",
    # South East Asia, Australia
    "AEON", "Giant", "Mydin", "Watsons", "Guardian", "7-Eleven", "FamilyMart", "KFC", "Jollibee", "NTUC FairPrice", "Cold Storage",
    "Indomaret", "Alfamart", "Woolworths", "Coles", "Bunnings", "Kmart", "Uniqlo", "Daiso",
    # France, Spain, Italy, Benelux
    "Carrefour", "Auchan", "Leclerc", "Intermarché", "Monoprix", "Casino", "Franprix", "Fnac", "Darty", "Mercadona", "Eroski", "El Corte Inglés",
    "Zara", "Mango", "Esselunga", "Conad", "Albert Heijn", "Jumbo", "Hema", "Delhaize", "Colruyt",
)  # fmt: skip
LONG = 8  # letters from which two may be wrong
_SHORTEST_TO_MEND = 4  # a shorter name is found only as it is


def chain_like(text: str) -> str | None:
    """Return the chain whose name the whole text is, but for a letter that OCR has lost or changed."""
    return _chain(_letters(text))


@lru_cache(maxsize=1024)  # each row of a head is asked about many times
def _chain(letters: str) -> str | None:
    for name, bare in _bare().items():
        if letters == bare:
            return name
    for name, bare in _bare().items():
        if len(bare) < _SHORTEST_TO_MEND or letters[:1] != bare[:1] or letters.startswith(bare):
            continue
        allowed = 1 if len(bare) < LONG else 2
        if _distance(letters, bare, allowed) <= allowed:
            return name
    return None


def chain_in(texts: Iterable[str]) -> str | None:
    """Return the chain that web addresses, mail addresses or firm names among the texts belong to."""
    for text in texts:
        plain = fold(text)
        if not re.search(r"www|\.de\b|\.com\b|@|gmbh|\bco\.? ?kg\b", plain):
            continue
        words = set(re.split(r"[^a-z&]+", plain))
        for name, bare in _bare().items():
            if len(bare) >= _SHORTEST_TO_MEND and bare in words:
                return name
    return None


@cache
def _bare() -> dict[str, str]:
    return {name: _letters(name) for name in NAMES}


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9&@]", "", fold(text))


def _distance(a: str, b: str, most: int) -> int:
    """Count the letters to insert, drop or change (Levenshtein), giving up beyond `most`."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]
