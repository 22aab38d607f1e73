"""Numbers as receipts print them → Decimal, with the page's own marks for decimals and thousands."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

# Characters that OCR takes for digits, mended only inside what is otherwise a number.
LOOKALIKES = str.maketrans(
    {
        "O": "0",
        "o": "0",
        "Q": "0",
        "D": "0",
        "I": "1",
        "l": "1",
        "|": "1",
        "i": "1",
        "S": "5",
        "s": "5",
        "B": "8",
        "Z": "2",
    }
)
_BROKEN = re.compile(r"(?<![A-Za-z0-9])[0-9OoQDIl|iSsBZ]{1,6}[.,][0-9OoQDIl|iSsBZ]{2}(?![A-Za-z0-9.,])")

LONGEST = 16  # characters of an amount; a longer number is a code
_LOST_POINT = re.compile(
    r"(?<=\s\s)(\d{1,4}) (\d{2})(?=\s*[A-Z]{0,2}$)"
)  # the price of a row, as in "7 50 SR"
_STRAY_POINT = re.compile(r"(?<=\s)[.,·](?=\d{1,4}[.,]\d{2}(?![\d.,]))")  # what is left of a currency's sign

SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₱": "PHP", "฿": "THB", "₫": "VND", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₦": "NGN",
    "rm": "MYR", "rp": "IDR", "us$": "USD", "s$": "SGD", "a$": "AUD", "c$": "CAD", "hk$": "HKD", "nt$": "TWD", "r$": "BRL",
    "rs": "INR", "kr": "SEK", "php": "PHP", "zł": "PLN", "kč": "CZK",
}  # fmt: skip
CODES = frozenset(
    [
        "EUR",
        "USD",
        "GBP",
        "MYR",
        "IDR",
        "SGD",
        "AUD",
        "CAD",
        "NZD",
        "HKD",
        "TWD",
        "CNY",
        "JPY",
        "INR",
        "PHP",
        "THB",
        "VND",
        "KRW",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "TRY",
        "BRL",
        "MXN",
        "ARS",
        "COP",
        "CLP",
        "PEN",
        "ZAR",
        "NGN",
        "KES",
        "EGP",
        "MAD",
        "DH",
        "AED",
        "SAR",
        "ILS",
        "RUB",
        "UAH",
    ]
)
_CURRENCY = (
    r"(?:US\$|HK\$|NT\$|[SACR]\$|[$€£¥₹₱฿₫₩₺₽₦]|(?<![A-Za-z])(?:RM|Rp|Rs|Kr|zł|Kč|"
    + "|".join(sorted(CODES))
    + r")\.?(?![A-Za-z]))"
)

_NUMERAL = re.compile(
    rf"""(?<![\w.,:/\#'’])(?P<sign>[-−–(+]\s?)?
    (?P<before>{_CURRENCY}\s?)?(?P<inner>[-−–]\s?)?
    (?P<body>
        \d{{1,3}}(?:(?P<group>[.,'’])\ ?\d{{3}})+(?:\ ?[.,]\ ?\d{{1,2}})?(?!\d)
      | \d+(?:\ ?[.,]\ ?\d{{1,4}})?(?!\d)
      | [.,]\d{{2}}(?!\d)
    )
    (?P<close>\s?[-−–)](?![\w]))?
    (?P<after>\s?{_CURRENCY})?
    (?P<percent>\s?%)?(?![\d:/\#]|-\d|(?:cm|mm|ml|kg|g|m|l|oz|lb|ltr|in|ft|\s?uhr|\s?hrs|\s?[ap]m)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_GLUED = re.compile(r"(\d{1,3}([.,])\d{2})\d\2\d{2}")  # 7.02 and 0.44 pieces: what a word follows ends no row
_COLUMN_BEFORE = re.compile(r"(?:\s\s|\d\s?)$")
_TWO_PLACES = re.compile(r"(?<![\d.,:/])\d[\d.,' ]*?([.,])\d{2}(?![\d.,:/%])")
_CODE_BEHIND = re.compile(r"\d[.,]\d{2} \d$")
FEWEST_CODES = 3  # rows
_THOUSANDS = re.compile(r"(?<![\d.,:/])\d{1,3}(?:([.,])\d{3})+(?![\d.,:/%])")


@dataclass(frozen=True, slots=True)
class Style:
    """How a page writes numbers: its decimal mark, whether its money has decimals, and marks for thousands.

    `coded` that a digit, the code of a tax, stands behind its prices: OCR glues some of them together.
    """

    decimal: str = "."
    places: int = 2
    grouped: bool = True
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text; `start` and `end` are offsets, `money` that it is written as an amount."""

    value: Decimal
    start: int
    end: int
    money: bool
    currency: str | None
    percent: bool
    places: int


def style_of(texts: Iterable[str]) -> Style:
    """Vote over a page: which mark stands before two decimals, and whether thousands outnumber them."""
    decimals: Counter[str] = Counter()
    thousands: Counter[str] = Counter()
    codes = 0
    for text in texts:
        codes += bool(_CODE_BEHIND.search(text))
        mended = mend(text)
        decimal, thousand = (_last(pattern, mended) for pattern in (_TWO_PLACES, _THOUSANDS))
        # A row's price stands last; before it stand quantities such as 1.00.
        if decimal and (not thousand or decimal.end() > thousand.end()):
            decimals[decimal[1]] += 1
        elif thousand:
            thousands[thousand[1]] += 1
    if decimals:
        mark = "," if decimals[","] > decimals["."] else "."
    else:
        mark = "." if thousands[","] >= thousands["."] else ","
    places = 0 if thousands.total() > 2 * decimals.total() or not decimals else 2
    return Style(mark, places, grouped=bool(thousands), coded=codes >= FEWEST_CODES)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=re.Match.end, default=None)


@lru_cache(maxsize=1024)
def mend(text: str) -> str:
    """Put digits where OCR has put letters inside numbers, and a lost point back; the length stays."""
    text = _STRAY_POINT.sub(" ", _LOST_POINT.sub(r"\1.\2", text))
    return _BROKEN.sub(
        lambda found: found[0].translate(LOOKALIKES) if _mostly_digits(found[0]) else found[0], text
    )


def _mostly_digits(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return digits >= 1 and digits >= (len(text) - 1) / 2


@lru_cache(maxsize=1024)  # a row is read again with each part that its page may fall into
def numerals(text: str, style: Style) -> tuple[Numeral, ...]:
    """Return the numbers of a row from left to right."""
    return tuple(
        _numeral(found, style) for found in _NUMERAL.finditer(mend(text)) if len(found["body"]) <= LONGEST
    )


def _numeral(found: re.Match[str], style: Style) -> Numeral:
    body = re.sub(r"[ '’]", "", found["body"])
    if style.coded and re.search(r"[.,]\d{3}$", body) and not found.string[found.end() :].strip():
        body = body[:-1]
    start, end = found.span("body")
    glued = _GLUED.fullmatch(body)
    if glued and style.places and glued[2] == style.decimal and found.string[found.end() :].strip():
        body, end = glued[1], start + len(glued[1])
    value, places = _value(body, style)
    negative = bool((found["sign"] or "").strip() in {"-", "−", "–", "("} or found["inner"])
    closed = (found["close"] or "").strip()
    if closed in {"-", "−", "–"} or (closed == ")" and (found["sign"] or "").strip() == "("):
        negative = True
    currency = currency_of(found["before"] or found["after"] or "")
    signed = bool(found["before"] or found["after"])
    money = not found["percent"] and (
        places == 2 or (signed and places < 3) or (places == 0 and _whole_money(found, style))
    )
    return Numeral(-value if negative else value, start, end, money, currency, bool(found["percent"]), places)


def _whole_money(found: re.Match[str], style: Style) -> bool:
    """Tell whether a whole number is an amount: only where money has no decimals.

    Where thousands are marked, one without marks is an amount at the row's end alone: nought, or long.
    """
    if style.places:
        return False
    body = found["body"]
    if style.grouped and found["group"] is None:
        last = not found.string[found.end() :].strip()
        return last and (
            (body == "0" and bool(_COLUMN_BEFORE.search(found.string[: found.start()])))
            or (
                body[0] != "0"
                and (4 if _COLUMN_BEFORE.search(found.string[: found.start()]) is None else 3)
                <= len(body)
                <= 7
            )
        )
    return found["group"] is not None or (len(body) <= 7 and body[0] != "0")


def _value(body: str, style: Style) -> tuple[Decimal, int]:
    """Read the digits by the page's style; return the value and how many decimals it has."""
    marks = [character for character in body if character in ".,"]
    if not marks:
        return Decimal(body), 0
    tail = len(body) - max(body.rfind("."), body.rfind(",")) - 1
    last = body[-tail - 1]
    if tail == 3 and (last != style.decimal or style.places == 0 or len(marks) > 1):
        return Decimal(re.sub("[.,]", "", body)), 0
    whole = re.sub("[.,]", "", body[: -tail - 1]) or "0"
    return Decimal(f"{whole}.{body[-tail:]}"), tail


def currency_of(text: str) -> str | None:
    """Return the ISO code that a sign or code stands for; a bare $ or ¥ does not say."""
    name = text.strip().rstrip(".").casefold()
    if name.upper() in CODES:
        return "MAD" if name == "dh" else name.upper()
    return SIGNS.get(name)


def money(numbers: Sequence[Numeral]) -> list[Numeral]:
    """Keep the numbers that are written as amounts."""
    return [number for number in numbers if number.money]
