"""What the engine reads of labelled receipts, as lines to print."""

from collections.abc import Iterator, Sequence
from datetime import date

from receipts.draft import Draft
from receipts.engine.reading import drafts_of
from receipts.engine.receipt import PROVED
from receipts.training.calibration import Scored
from receipts.training.choices import Proof
from receipts.training.corpora import Example
from receipts.training.marks import lines_found

TODAY = date(2026, 1, 1)  # after every receipt


def chosen(name: str, field: str, proof: Proof) -> str:
    """Say what share the trees chose rightly in folds, and the rules."""
    return (
        f"{name}: {field} {100 * proof.learned:.1f} % of {len(proof.choices)} learned, "
        f"{100 * proof.by_rules:.1f} % by rules"
    )


def verified(name: str, scored: Sequence[Scored]) -> str:
    """Say how many totals chosen in folds the sums prove, and what share of these is right."""
    proved = [one.right for one in scored if one.score > PROVED]
    return f"{name}: {len(proved)} verified, their total {_share(proved)}"


def figures(name: str, examples: Sequence[Example]) -> Iterator[str]:
    """Read every example by the whole engine, and yield what share of the fields read by rules is right."""
    read = [(example, draft) for example in examples if (draft := _draft(example)) is not None]
    dated = [draft.date == example.date for example, draft in read if example.date]
    if dated:
        yield f"{name}: date {_share(dated)} of {len(dated)}"
    under = [draft.subtotal in one.subtotals for one, draft in read if one.subtotals]
    if under:
        yield f"{name}: subtotal {_share(under)} of {len(under)}"
    listed = [(example.lines, draft) for example, draft in read if example.lines is not None]
    if listed:
        found = sum(lines_found(draft, lines) for lines, draft in listed)
        printed = sum(len(lines) + len(draft.items) for lines, draft in listed)
        yield f"{name}: lines F1 {2 * found / printed:.3f} of {sum(len(lines) for lines, _ in listed)}"


def _draft(example: Example) -> Draft | None:
    drafts = drafts_of([example.page], today=TODAY)
    return drafts[0] if drafts else None


def _share(right: Sequence[bool]) -> str:
    return f"{100 * sum(right) / len(right):.1f} %" if right else "none"
