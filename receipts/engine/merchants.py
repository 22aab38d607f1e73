"""The merchant, chosen by trees where they have learned the country's papers, else by the rules."""

import re
from collections.abc import Iterator

from receipts.engine import identity
from receipts.engine.chains import chain_like
from receipts.engine.dates import DATE_LIKE
from receipts.engine.identity import Named
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.trees import calibrated, forest

LEARNED = "MY"  # the country of the papers that the trees have learned from
_REGISTER = re.compile(r"\(?\b\d{4,}[ -]?[a-z]\)?|co\.? ?reg|\broc\b|reg\.? ?no|company ?no")
_NO_GRADE = -9.0

Span = tuple[Entry, ...]


def merchant_of(sheet: Sheet) -> Named | None:
    """Return the merchant; the trees are asked on papers such as they have seen, and not about known chains."""
    by_rules = identity.merchant_of(sheet)
    trees = forest("merchant")
    known = by_rules is not None and chain_like(by_rules.text) is not None
    if trees is None or known or sheet.countries[:1] != [LEARNED]:
        return by_rules
    spans = list(candidates(sheet))
    if not spans:
        return by_rules
    likely = trees.probabilities(features(sheet, spans))
    best = int(likely.argmax())
    sure = calibrated("merchant", float(likely[best]))
    return Named(text_of(spans[best][1]), spans[best][1], round(sure, 3))


def candidates(sheet: Sheet) -> Iterator[tuple[Entry, Span]]:
    """Yield the rows of the head, each with the rows over which its name runs on, and alone."""
    for entry in identity.head_of(sheet):
        whole = identity.whole_name(sheet, entry)
        yield entry, whole
        if len(whole) > 1:
            yield entry, (entry,)


def text_of(span: Span) -> str:
    """Return the name that the rows make."""
    text = " ".join(identity.bare_name(entry) for entry in span)
    return chain_like(text) or text


def features(sheet: Sheet, spans: list[tuple[Entry, Span]]) -> list[list[float]]:
    """Return for each candidate what the trees ask for, in the order in which they were grown."""
    head = identity.head_of(sheet)
    grades = {entry.index: identity.grade(sheet, entry, place) for place, entry in enumerate(head)}
    return [_features(sheet, head, grades, entry, span) for entry, span in spans]


def _features(
    sheet: Sheet, head: list[Entry], grades: dict[int, float | None], entry: Entry, span: Span
) -> list[float]:
    given = [grade for grade in grades.values() if grade is not None]
    own = grades[entry.index]
    grade = _NO_GRADE if own is None else own
    joined = " ".join(row.plain for row in span)
    place = next(place for place, row in enumerate(head) if row.index == entry.index)
    return [
        grade,
        max(given, default=0.0) - grade,
        sum(other > grade for other in given),
        place,
        len(head),
        len(span),
        *_layout(sheet, head, entry),
        *_words(entry.plain, joined, entry.row.text),
        *_neighbours(sheet, span),
        any(identity.LEGAL.search(row.plain) for row in head),
    ]


def _layout(sheet: Sheet, head: list[Entry], entry: Entry) -> list[float]:
    """Describe the row's size and place, in heights and widths of the text."""
    row = entry.row
    left = min(other.row.left for other in sheet.entries)
    right = max(other.row.right for other in sheet.entries)
    width = max(right - left, 1.0)
    return [
        row.height / sheet.text_height,
        row.height / max(other.row.height for other in head),
        abs((row.left + row.right) - (left + right)) / 2 / width,
        (row.right - row.left) / width,
        row.confidence,
        len(row.words),
    ]


def _words(text: str, joined: str, printed: str) -> list[float]:
    """Describe what the row says."""
    return [
        len(joined),
        sum(map(str.isalpha, text)) / max(len(text.replace(" ", "")), 1),
        sum(map(str.isdigit, text)) / max(len(text), 1),
        bool(identity.LEGAL.search(joined)),
        bool(identity.LEGAL.search(text)),
        bool(identity.BUSINESS.search(joined)),
        bool(identity.ADDRESS.search(joined)),
        bool(identity.NOT_NAME.search(joined)),
        bool(identity.PHONE.search(text)),
        bool(DATE_LIKE.search(text)),
        bool(chain_like(text)),
        bool(_REGISTER.search(text)),
        "(" in text,
        text.count("(") != text.count(")"),
        printed.isupper(),
    ]


def _neighbours(sheet: Sheet, span: Span) -> list[float]:
    """Describe the rows above and below."""
    above = sheet.entries[span[0].index - 1].plain if span[0].index else ""
    after = span[-1].index + 1
    below = sheet.entries[after].plain if after < len(sheet.entries) else ""
    return [
        bool(_REGISTER.search(below)),
        bool(identity.ADDRESS.search(below)),
        bool(identity.LEGAL.search(below)),
        bool(identity.ADDRESS.search(above)),
        bool(identity.LEGAL.search(above)),
        bool(identity.NOT_NAME.search(above)),
    ]
