"""What the whole engine reads of labelled receipts, as lines to print."""

from collections.abc import Iterator, Sequence
from datetime import date

from receipts.draft import Draft
from receipts.engine.reading import drafts_of
from receipts.training.corpora import Example
from receipts.training.marks import lines_found, same_total

TODAY = date(2026, 1, 1)  # after every receipt


def figures(name: str, examples: Sequence[Example]) -> Iterator[str]:
    """Read every example and yield what share of each field is right."""
    read = [(example, draft) for example in examples if (draft := _draft(example)) is not None]
    dated = [draft.date == example.date for example, draft in read if example.date]
    if dated:
        yield f"{name}: date {_share(dated)} of {len(dated)}"
    summed = [
        (same_total(draft, example), draft.verified) for example, draft in read if example.total is not None
    ]
    yield f"{name}: total {_share([right for right, _ in summed])} of {len(summed)}"
    proved = [right for right, verified in summed if verified]
    yield f"{name}: {len(proved)} verified, their total {_share(proved)}"
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
