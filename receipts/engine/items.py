"""The lines of a receipt: what was bought, how many, for how much."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median

from receipts.engine.figures import Figures
from receipts.engine.numerals import Numeral
from receipts.engine.quantities import Quantity, quantity_of
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind

_ENDS = {
    Kind.SUBTOTAL,
    Kind.TOTAL,
    Kind.TAX,
    Kind.SERVICE,
    Kind.TENDERED,
    Kind.CHANGE,
    Kind.ROUNDING,
    Kind.TIP,
}
_ASIDE = {Kind.COUNT, Kind.ASIDE}
_CODE = re.compile(r"(?<![\w.])[A-Z]?\d{6,}[A-Z]?(?![\w.])")
_TAIL = re.compile(
    r"(?:\s+(?:[A-Z*#]|SR|ZRL?|ZR|TX|T\d|RM|EUR|USD|\$|€|[xX×@]|pcs?|PCS?))+\s*$|[\s*#:;,=.@$€-]+$"
)
_FRONT = re.compile(r"^(?:[\s*#:;,=.@\-]+|(?:RM|EUR|USD|\$|€|[xX×@])\s+|\d{1,3}[.)]\s+(?=[A-Za-z]))+")
_META = re.compile(
    r"\bdate\b|\btime\b|cashier|\btable\b|\border\b|\bserver\b|\bguest|\binvoice|\breceipt|\btel\b|\bphone|\bgst\b|\bcheck\b|\bpos\b|\breg\b|\bterminal|\bcust(?:omer)?\b|\bstaff\b"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line with the rows it was read from, the one with the price first."""

    description: str
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    discount: Decimal | None
    total: Decimal
    entries: tuple[Entry, ...]
    price: Numeral


@dataclass(frozen=True, slots=True)
class _Priced:
    """A row of the section with its price; `name` is what is left of it without numbers."""

    entry: Entry
    price: Numeral
    quantity: Quantity
    name: str


def items_of(sheet: Sheet, figures: Figures) -> list[Item]:
    """Return the lines between the head and the sums."""
    section = _section(sheet, figures)
    edge = _price_edge(section)
    items: list[Item] = []
    pending: list[Entry] = []
    below = _names_stand_below(section, edge)
    for entry in section:
        priced = _priced(entry, edge)
        if priced is None:
            if entry.kind not in _ASIDE and entry.row.letters >= 2:
                pending.append(entry)
                if below and items and not items[-1].description:
                    items[-1] = _named(items[-1], pending)
                    pending = []
        elif _is_discount(entry, priced) and items:
            items[-1] = _discounted(items[-1], priced.price.value)
        elif entry.kind not in _ASIDE:
            item = _item(priced, [] if below else pending)
            items.append(item)
            pending = []
    return _plausible(_merged(items), figures)


def _section(sheet: Sheet, figures: Figures) -> list[Entry]:
    """Return the rows from below the table's head, or the first price, to above the first sum."""
    start = _start(sheet)
    section: list[Entry] = []
    priced = False
    for entry in sheet.entries[start:]:
        if entry.kind in _ENDS and priced and (entry.amounts or _value_follows(sheet, entry)):
            break
        if entry.tax_head and priced:
            break
        priced = priced or (bool(entry.amounts) and entry.kind not in _ENDS)
        if not (entry.kind in _ENDS and entry.amounts):
            section.append(entry)
    last = max((entry.index for entry in section if entry.amounts), default=-1)
    return [entry for entry in section if entry.index <= last + 2]


def _value_follows(sheet: Sheet, entry: Entry) -> bool:
    after = sheet.entries[entry.index + 1 : entry.index + 2]
    return bool(after and after[0].amounts and after[0].row.letters <= 3)


def _start(sheet: Sheet) -> int:
    """Find the first row of the section."""
    first = next(
        (entry.index for entry in sheet.entries if entry.amounts and not entry.kind), len(sheet.entries)
    )
    heads = [entry.index for entry in sheet.entries if entry.items_head and entry.index <= first]
    if heads:
        return heads[-1] + 1
    start = first
    while start > 0 and first - start < 3 and _may_name(sheet.entries[start - 1]):
        start -= 1
    return start


def _may_name(entry: Entry) -> bool:
    """Tell whether a row without a price above the first price can be the name of the first line."""
    return (
        not _META.search(entry.plain) and not entry.kind and entry.row.letters >= 3 and ":" not in entry.plain
    )


def _price_edge(section: Sequence[Entry]) -> tuple[float, float]:
    """Return the right edge of the column of prices and how far from it a price may stand."""
    edges = [_right(entry, entry.amounts[-1]) for entry in section if entry.amounts]
    if not edges:
        return 0.0, 0.0
    left = min(entry.row.left for entry in section)
    top = sorted(edges)[len(edges) // 2 :]
    edge = median(top)
    return edge, 0.22 * max(edge - left, 1.0)


def _right(entry: Entry, number: Numeral) -> float:
    return entry.row.span(number.start, number.end)[-1].box.right


def _priced(entry: Entry, edge: tuple[float, float]) -> _Priced | None:
    """Read a row with a price in the column of prices."""
    if not entry.amounts:
        return None
    price = entry.amounts[-1]
    if _right(entry, price) < edge[0] - edge[1]:
        return None
    quantity = quantity_of(entry.row.text, entry.numbers, price)
    return _Priced(entry, price, quantity, _name(entry.row.text, (price, *quantity.used)))


def _name(text: str, used: Sequence[Numeral]) -> str:
    """Return what is left of a row without its numbers, codes, and marks of tax."""
    left = list(text)
    for number in used:
        left[number.start : number.end] = "\0" * (number.end - number.start)
    parts = [_clean(part) for part in "".join(left).split("\0")]
    named = [part for part in parts[:-1] if sum(map(str.isalpha, part)) >= 2]
    if not named:
        named = [part for part in parts[-1:] if sum(map(str.isalpha, part)) >= 4]
    return " ".join(named)


def _clean(text: str) -> str:
    bare = _CODE.sub(" ", text)
    if sum(map(str.isalpha, bare)) < 2:
        return ""
    bare = " ".join(bare.split())
    while (shorter := _TAIL.sub("", bare)) != bare:
        bare = shorter
    return _FRONT.sub("", bare)


def _names_stand_below(section: Sequence[Entry], edge: tuple[float, float]) -> bool:
    """Tell whether the rows with prices come before the rows with their names."""
    kinds = []
    for entry in section:
        priced = _priced(entry, edge)
        if priced is not None and not priced.name:
            kinds.append("price")
        elif priced is None and entry.row.letters >= 3 and entry.kind not in _ASIDE:
            kinds.append("name")
        elif priced is not None:
            kinds.append("both")
    return (
        len(kinds) > 1
        and kinds[0] == "price"
        and "name" in kinds
        and kinds.count("price") >= kinds.count("both")
    )


def _item(priced: _Priced, above: Sequence[Entry]) -> Item:
    name, entries = priced.name, (priced.entry,)
    if not name and above:
        named = _lines(above)
        name = " ".join(_clean(entry.row.text) or entry.row.text for entry in named)
        entries = (priced.entry, *named)
    quantity = priced.quantity
    if quantity.value is None and above:
        quantity = _from_above(above, priced, quantity)
    return Item(
        description=name[:500],
        quantity=quantity.value,
        unit=quantity.unit,
        unit_price=quantity.price,
        discount=None,
        total=priced.price.value,
        entries=entries,
        price=priced.price,
    )


def _from_above(above: Sequence[Entry], priced: _Priced, otherwise: Quantity) -> Quantity:
    """Take the quantity that a row above names, if it makes the price."""
    for entry in reversed(above):
        found = quantity_of(entry.row.text, entry.numbers, priced.price)
        if found.value is not None and found.price is not None:
            return found
    return otherwise


def _lines(entries: Sequence[Entry]) -> list[Entry]:
    """Keep the rows that are words rather than codes; the first at least."""
    worded = [entry for entry in entries if entry.row.letters > 0.55 * len(entry.row.text.replace(" ", ""))]
    return worded or list(entries[:1])


def _named(item: Item, rows: Sequence[Entry]) -> Item:
    lines = _lines(rows)
    text = " ".join(_clean(entry.row.text) or entry.row.text for entry in lines)
    return replace(item, description=text[:500], entries=(*item.entries, *lines))


def _is_discount(entry: Entry, priced: _Priced) -> bool:
    return priced.price.value < 0 or (entry.kind is Kind.DISCOUNT and priced.price.value > 0)


def _discounted(item: Item, amount: Decimal) -> Item:
    """Take a discount printed below a line off its total."""
    off = abs(amount)
    return replace(item, discount=(item.discount or Decimal(0)) + off, total=item.total - off)


def _merged(items: Sequence[Item]) -> Iterator[Item]:
    """Join a line that only repeats how the line before came about, such as 2 x 1.50."""
    before: Item | None = None
    for item in items:
        repeats = before is not None and not item.description and item.total == before.total
        if repeats and before is not None:
            before = replace(
                before,
                quantity=before.quantity or item.quantity,
                unit_price=before.unit_price or item.unit_price,
            )
            continue
        if before is not None:
            yield before
        before = item
    if before is not None:
        yield before


def _plausible(items: Iterator[Item], figures: Figures) -> list[Item]:
    """Drop what cannot be a line: without a name, or dearer than the whole bill."""
    most = figures.total.value if figures.total else None
    if figures.subtotal and most is not None:
        most = max(most, figures.subtotal.value)
    kept = [item for item in items if item.description]
    if most is None or any(item.discount for item in kept):
        return kept
    return [item for item in kept if item.total <= most]
