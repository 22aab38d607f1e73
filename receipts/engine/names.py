"""The name of a line, without the numbers, codes and marks around it."""

import re
from collections.abc import Sequence

from receipts.engine.numerals import Numeral
from receipts.engine.sheet import Entry

LONGEST = 500  # characters
_CODE = re.compile(r"(?<![\w.])[A-Z]{0,2}\d{6,}[A-Z]?(?![\w.])")
_TAKEN_OFF = re.compile(r"\(disc[^)]*(?:\)|$)|\bwas\b.*\bnow\b|^\W*(?:was|now)\W*$", re.IGNORECASE)
_CODE_WORD = re.compile(r"[\W_]*(?:[A-Z]{0,2}\d{5,}[A-Z]?)?[\W_]*")
_MARKS = (
    r"[*#]?(?:[A-Z*#]|SR|ZRL?|ZR|TX|T\d|RM|[Rr][Pp]\.?|IDR|EUR|USD|£|\$|€|[xX×@]|RN|[A-Z]{0,3}\*S?|S\*)[*#]?"
    r"|(?i:pcs?|pkts?|box[se]?s?|rolls?|bags?|units?|sets?|btl|ctn|ea|nos?|each|kg|lbs?)"
)
_TAIL = re.compile(rf"(?:\s+(?:{_MARKS}))+\s*$|[\s*#:;,=.@$€£-]+$")
_FRONT = re.compile(rf"^(?:[\s*#:;,=.@'\-]+|(?:{_MARKS})\s+(?=\S{{3}})|\d{{1,3}}[.)]\s+(?=[A-Za-z]))+")
_MARK = re.compile(rf"\W*(?:{_MARKS})?\W*")


def name_of(text: str, used: Sequence[Numeral]) -> str:
    """Return what is left of a row without the numbers that say how many and how much."""
    left = list(text)
    for number in used:
        left[number.start : number.end] = "\0" * (number.end - number.start)
    *before, after = (clean(part) for part in "".join(left).split("\0"))
    named = [part for part in before if _letters(part) >= 2]
    if not named and _letters(after) >= 4:
        named = [after]
    return " ".join(named)[:LONGEST]


def clean(text: str) -> str:
    """Strip codes, marks of tax, units and currency from both ends; nothing is left of a text of only such."""
    bare = " ".join(_CODE.sub(" ", _TAKEN_OFF.sub(" ", text)).split())
    if all(_MARK.fullmatch(word) or not _letters(word) for word in re.split(r"[ /]", bare)):
        return ""
    while (shorter := _TAIL.sub("", bare)) != bare:
        bare = shorter
    return _FRONT.sub("", bare)


def is_code(text: str) -> bool:
    """Tell whether a row is nothing but an article's code or marks, or too short for a name."""
    return sum(map(str.isalnum, text)) < 3 or all(map(_CODE_WORD.fullmatch, text.split())) or not clean(text)


def joined(entries: Sequence[Entry]) -> str:
    """Join the rows of a name: those of words, or the first when all are of numbers."""
    worded = [entry for entry in entries if entry.row.letters > 0.55 * len(entry.row.text.replace(" ", ""))]
    chosen = worded or list(entries[:1])
    return " ".join(clean(entry.row.text) or entry.row.text for entry in chosen)[:LONGEST]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
