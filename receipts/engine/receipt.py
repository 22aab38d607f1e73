"""The rows of one receipt → its draft."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from receipts.draft import Draft, Evidence, Line
from receipts.engine.arithmetic import closes, plausible, repaired, verified
from receipts.engine.boxes import around
from receipts.engine.category import category_of
from receipts.engine.figures import Figure, Figures, figures_of
from receipts.engine.identity import Named, address_of, number_of
from receipts.engine.items import Item, lines_of
from receipts.engine.merchants import merchant_of
from receipts.engine.places import currency_of_sheet
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.trees import calibrated
from receipts.engine.when import Moment, moment_of

LARGEST = Decimal(10) ** 12  # what an amount of the draft holds
MOST_ITEMS = 500
WEIGHTS = {"total": 0.4, "date": 0.2, "merchant": 0.2}  # of the fields in a draft's confidence
LINE = 0.9  # how sure the rules are of a line
PROVED = 1.0  # the score above which a total is one that the sums prove
LINES_ADD_UP, LINES_DO_NOT = 0.2, 0.08  # what the lines add to it


def draft_of(sheet: Sheet, *, part: int, today: date, currency: str | None) -> Draft:
    """Read one receipt; `currency` is the store's own, a hint for a bare $."""
    lines = lines_of(sheet)
    figures = figures_of(sheet, lines)
    items = repaired(plausible(lines, figures), figures)[:MOST_ITEMS]
    merchant = merchant_of(sheet)
    head = {"merchant": merchant, "address": address_of(sheet, merchant), "number": number_of(sheet)}
    moment = moment_of(sheet, today, currency)
    proved = verified(items, figures)
    evidence = _evidence(head, figures, moment, proved=proved)
    category, _ = category_of(
        merchant.text if merchant else None,
        (item.description for item in items),
        (entry.row.text for entry in sheet.entries),
    )
    return Draft(
        part=part,
        merchant=_text(merchant, 500),
        address=_text(head["address"], 500),
        number=_text(head["number"], 100),
        date=moment.date,
        time=moment.time,
        currency=currency_of_sheet(sheet, currency),
        subtotal=_amount(figures.subtotal),
        tax=_amount(figures.tax),
        tip=_amount(figures.tip),
        total=_amount(figures.total),
        items=tuple(_line(item) for item in items if abs(item.total) < LARGEST),
        category=category,
        verified=proved,
        confidence=_confidence(evidence, items, figures),
        evidence=evidence,
    )


def total_score(total: Figure, *, proved: bool) -> float:
    """Grade a total before its calibration: by how likely it is, above all others when it is proved."""
    return total.confidence + PROVED * proved


def _evidence(
    head: dict[str, Named | None], figures: Figures, moment: Moment, *, proved: bool
) -> dict[str, Evidence]:
    """Say for every field found where it stands and how sure it is."""
    evidence = {
        name: named.entries[0].evidence(confidence=named.confidence) for name, named in head.items() if named
    }
    if moment.date_entry is not None:
        evidence["date"] = moment.date_entry.evidence(confidence=moment.confidence)
    if moment.time_entry is not None:
        evidence["time"] = moment.time_entry.evidence(confidence=0.9)
    sums = {"subtotal": figures.subtotal, "tax": figures.tax, "tip": figures.tip, "total": figures.total}
    for name, figure in sums.items():
        if figure is not None and _amount(figure) is not None:
            sure = figure.confidence
            if name == "total":
                sure = calibrated("total", total_score(figure, proved=proved))
            evidence[name] = figure.entry.evidence(figure.number, sure)
    return evidence


def _text(named: Named | None, longest: int) -> str | None:
    return named.text[:longest].strip() or None if named else None


def _amount(figure: Figure | None) -> Decimal | None:
    if figure is None or abs(figure.value) >= LARGEST:
        return None
    return figure.value


def _line(item: Item) -> Line:
    return Line(
        description=item.description,
        quantity=_bounded(item.quantity, 9, 3),
        unit=item.unit[:20],
        unit_price=_bounded(item.unit_price, 10, 4),
        discount=item.discount,
        total=item.total,
        evidence=_item_evidence(item.entries),
        values={"total": item.entries[0].evidence(item.price, LINE)},
    )


def _item_evidence(entries: Sequence[Entry]) -> Evidence:
    """Say where a line stands: the row of its price and those of its name on the same page."""
    first = entries[0].evidence(confidence=LINE)
    together = around([entry.row.place() for entry in entries if entry.row.page == first.page])
    left, top, right, bottom = (round(edge, 5) for edge in together)
    return first.model_copy(update={"box": (left, top, right, bottom)})


def _bounded(value: Decimal | None, whole: int, places: int) -> Decimal | None:
    """Fit a number into the draft's column, or leave it out."""
    if value is None or abs(value) >= Decimal(10) ** whole:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-places))
    return value if value == rounded else rounded


def _confidence(evidence: dict[str, Evidence], items: Sequence[Item], figures: Figures) -> float:
    """Weigh the fields that matter, and whether the lines add up."""
    sure = sum(weight * evidence[name].confidence for name, weight in WEIGHTS.items() if name in evidence)
    if items:
        sure += LINES_ADD_UP if closes(items, figures) else LINES_DO_NOT
    return round(min(sure, 1.0), 3)
