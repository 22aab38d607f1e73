"""How the rules score the totals that they choose, for the calibration."""

from collections.abc import Iterator, Sequence
from zlib import crc32

from receipts.engine.arithmetic import repaired, verified
from receipts.engine.figures import figures_of
from receipts.engine.items import items_of
from receipts.engine.receipt import total_score
from receipts.engine.sheet import sheet_of
from receipts.engine.split import receipts_in
from receipts.training.calibration import Scored
from receipts.training.corpora import Example
from receipts.training.merchants import FOLDS


def scored(examples: Sequence[Example]) -> Iterator[Scored]:
    """Yield the totals chosen, where the true ones are known."""
    for example in examples:
        receipts = receipts_in([example.page])
        if example.total is None or not receipts:
            continue
        sheet = sheet_of(receipts[0])
        figures = figures_of(sheet)
        if figures.total is not None:
            proved = verified(repaired(items_of(sheet, figures), figures), figures)
            score = total_score(figures.total, proved=proved)
            yield Scored(score, figures.total.value == example.total, crc32(example.key.encode()) % FOLDS)
