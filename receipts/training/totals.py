"""Receipts → choices among all their amounts, one of them the total; and how the chosen are calibrated."""

from collections.abc import Iterator, Sequence
from zlib import crc32

from receipts.engine.arithmetic import plausible, repaired, verified
from receipts.engine.figures import by_rules, by_trees, ruled
from receipts.engine.items import lines_of
from receipts.engine.labels import labelled
from receipts.engine.receipt import total_score
from receipts.engine.sheet import sheet_of
from receipts.engine.split import receipts_in
from receipts.engine.totals import Paper, features
from receipts.training.calibration import Scored
from receipts.training.choices import FOLDS, Choice, Growth, Pick
from receipts.training.corpora import Example

GROWTH = Growth(trees=200, leaves=8, rate=0.06, candidates_a_leaf=12, features=0.5)


def choices(examples: Sequence[Example]) -> list[Choice]:
    """Lay out the amounts of the receipts whose total is known."""
    return [_choice(example) for example in examples if example.total is not None]


def _choice(example: Example) -> Choice:
    paper = paper_of(example)
    ruled = by_rules(paper)
    return Choice(
        key=example.key,
        fold=crc32(example.key.encode()) % FOLDS,
        features=features(paper),
        right=[one.value == example.total for one in paper.candidates],
        by_rules=ruled is not None and ruled.value == example.total,
    )


def paper_of(example: Example) -> Paper:
    """Read a receipt as far as its total is looked for."""
    receipts = receipts_in([example.page])
    sheet = receipts[0] if receipts else sheet_of([])
    return Paper(sheet, labelled(sheet), lines_of(sheet))


def scored(examples: Sequence[Example], picks: Sequence[Pick]) -> Iterator[Scored]:
    """Score the totals picked as the engine does: by the trees, above all others when the sums prove it."""
    by_key = {example.key: example for example in examples}
    for pick in picks:
        paper = paper_of(by_key[pick.choice.key])
        total = by_trees(paper, pick.likely)
        if total is None:
            continue
        figures = ruled(paper, total)
        proved = verified(repaired(plausible(paper.lines, figures), figures), figures)
        right = total.value == by_key[pick.choice.key].total
        yield Scored(total_score(total, proved=proved), right, pick.choice.fold)
