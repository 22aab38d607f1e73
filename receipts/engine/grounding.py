"""What another reader tells, held against the paper: where its values stand, and what the engine itself reads there.

The paper outweighs the teller. A value is agreed on, or at least printed, or not found; and where the paper's own
sums prove another total, that one stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import time as Time
from decimal import Decimal

from receipts.draft import Draft, Evidence, Line, Source
from receipts.engine.boxes import Page
from receipts.engine.paper import Paper, Where, alike, whole
from receipts.engine.receipt import LINES_ADD_UP, LINES_DO_NOT, WEIGHTS, draft_of
from receipts.engine.split import receipts_in
from receipts.engine.vocabulary import Kind

# How sure a value is that both readers tell, one that is printed, and one that is nowhere on the paper.
AGREED, PRINTED, UNSEEN = 0.95, 0.6, 0.2
SUMS = ("subtotal", "tax", "tip", "total")
KINDS = {"subtotal": Kind.SUBTOTAL, "tax": Kind.TAX, "tip": Kind.TIP, "total": Kind.TOTAL}
# Of what stands nowhere as a value of its own: a category is a judgement, and a currency mostly a sign.
JUDGED = frozenset({"category", "currency"})


@dataclass(frozen=True)
class Grounded:
    """Drafts with their evidence, and the paths of the values that the paper overruled, as "receipts.1.total"."""

    drafts: tuple[Draft, ...]
    overruled: tuple[str, ...]


def grounded(
    drafts: Sequence[Draft], pages: Sequence[Page], *, today: Date, currency: str | None
) -> Grounded:
    """Say of every value of the drafts where it stands on the pages and how sure it therefore is."""
    papers = [
        Paper(sheet, draft_of(sheet, part=part, today=today, currency=currency), today)
        for part, sheet in enumerate(receipts_in(pages), start=1)
    ]
    overruled: list[str] = []
    found: list[Draft] = []
    for told in drafts:
        paper, stands = _paper_of(told, papers), told
        if paper is not None and len(drafts) == len(papers) == 1:
            stands, paths = _proven(told, paper.own)
            overruled += paths
        found.append(_ground(stands, paper))
    return Grounded(tuple(found), tuple(overruled))


def _paper_of(draft: Draft, papers: Sequence[Paper]) -> Paper | None:
    """Choose the receipt that has most of what a draft tells."""
    if len(papers) < 2:
        return papers[0] if papers else None

    def has(paper: Paper) -> int:
        lines = sum(line.total is not None and paper.amount(line.total) is not None for line in draft.items)
        return lines + sum(_place(paper, name, getattr(draft, name)) is not None for name in draft.evidence)

    return max(papers, key=has)


def _proven(draft: Draft, own: Draft) -> tuple[Draft, list[str]]:
    """Take the sums that the paper's own lines prove in the place of others that were told."""
    if not own.verified or own.total == draft.total:
        return draft, []
    values = {name: getattr(own, name) for name in SUMS}
    evidence = {name: own.evidence[name] for name in SUMS if name in own.evidence}
    changed = [name for name in SUMS if values[name] != getattr(draft, name)]
    kept = {name: one for name, one in draft.evidence.items() if name not in SUMS}
    stands = draft.model_copy(update={**values, "evidence": kept | evidence})
    return stands, [f"receipts.{draft.part}.{name}" for name in changed]


def _ground(draft: Draft, paper: Paper | None) -> Draft:
    evidence = {
        name: _weighed(paper, draft, name, told) if told.source is Source.LLM else told
        for name, told in draft.evidence.items()
    }
    items = tuple(_line(paper, line) for line in draft.items)
    proved = paper is not None and paper.own.verified and paper.own.total == draft.total
    sure = sum(weight * evidence[name].confidence for name, weight in WEIGHTS.items() if name in evidence)
    if items:
        sure += LINES_ADD_UP if proved else LINES_DO_NOT
    return draft.model_copy(
        update={
            "evidence": evidence,
            "items": items,
            "verified": proved,
            "confidence": round(min(sure, 1.0), 3),
        }
    )


def _weighed(paper: Paper | None, draft: Draft, name: str, told: Evidence) -> Evidence:
    value = getattr(draft, name)
    if paper is None:
        return told if name in JUDGED else told.model_copy(update={"confidence": UNSEEN})
    if name in JUDGED:
        return told.model_copy(update={"confidence": AGREED}) if getattr(paper.own, name) == value else told
    where = _place(paper, name, value)
    if where is None:
        return told.model_copy(update={"confidence": UNSEEN})
    return _at(where, AGREED if _same(value, getattr(paper.own, name)) else PRINTED)


def _place(paper: Paper, name: str, value: object) -> Where | None:
    """Find the value of a field on the paper."""
    if name in JUDGED:
        return None
    if isinstance(value, Decimal):
        return paper.amount(value, KINDS.get(name))
    if isinstance(value, Date):
        return paper.day(value)
    if isinstance(value, Time):
        return paper.clock(value)
    return paper.text(str(value)) if value else None


def _line(paper: Paper | None, line: Line) -> Line:
    """Say where a line and its amounts stand; a line without a place of its own is nowhere to be seen."""
    told = line.evidence or Evidence(confidence=UNSEEN, source=Source.LLM)
    entry = paper.row_of(line.description, line.total) if paper else None
    if entry is None:
        return line.model_copy(update={"evidence": told.model_copy(update={"confidence": UNSEEN})})
    row = _at(whole(entry), PRINTED)
    values = dict(line.values)
    for name in ("quantity", "unit_price", "discount", "total"):
        value = getattr(line, name)
        if value is not None:
            number = next((one for one in entry.numbers if abs(one.value) == abs(value)), None)
            values[name] = (
                _at((entry, number.start, number.end), AGREED)
                if number
                else told.model_copy(update={"page": entry.row.page, "confidence": UNSEEN})
            )
    if line.quantity == 1 and values["quantity"].box is None:
        values["quantity"] = row  # one of a thing is not printed
    return line.model_copy(update={"evidence": row, "values": values})


def _at(where: Where, confidence: float) -> Evidence:
    """Show the place: what the letters say is the model's reading, where they stand is ours."""
    entry, start, end = where
    box = tuple(round(edge, 5) for edge in entry.row.place(start, end))
    return Evidence(page=entry.row.page, box=box, confidence=confidence, source=Source.LLM)


def _same(value: object, own: object) -> bool:
    """Tell whether both readers tell the same; texts may be misread by a little."""
    if isinstance(value, str) and isinstance(own, str):
        return alike(value, own)
    if isinstance(value, Time) and isinstance(own, Time):
        return (value.hour, value.minute) == (own.hour, own.minute)
    return value == own
