"""Receipts → choices among their amounts, one of them the tax, or none."""

from collections.abc import Sequence
from decimal import Decimal
from zlib import crc32

from receipts.engine.figures import ruled, total_of
from receipts.engine.taxes import LEAST, Closure, features
from receipts.training.choices import FOLDS, Choice, Growth
from receipts.training.corpora import Example
from receipts.training.totals import paper_of

GROWTH = Growth(trees=150, leaves=6, rate=0.06, candidates_a_leaf=20, features=0.5)


def choices(examples: Sequence[Example]) -> list[Choice]:
    """Lay out the amounts of receipts all of whose taxes are labelled."""
    return [choice for example in examples if (choice := _choice(example)) is not None]


def _choice(example: Example) -> Choice | None:
    """Lay out one receipt, with the total that the engine chooses; what the rules find they answer for."""
    paper = paper_of(example)
    total = total_of(paper)
    if total is None:
        return None
    closure = Closure(paper, total.value)
    by_rules = ruled(paper, total)
    labelled = {*example.taxes, sum(example.taxes, Decimal(0))} if example.taxes else set()
    return Choice(
        key=example.key,
        fold=crc32(example.key.encode()) % FOLDS,
        features=features(closure, by_rules.subtotal.value if by_rules.subtotal else None),
        right=[one.value in labelled for one in closure.candidates],
        by_rules=by_rules.tax.value in labelled if by_rules.tax else not labelled,
        settled=by_rules.tax is not None,
        least=LEAST,
    )
