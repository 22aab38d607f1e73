"""Receipts → choices among the rows of the head, one of them the merchant."""

from collections.abc import Sequence
from zlib import crc32

from receipts.engine import identity
from receipts.engine.merchants import candidates, features, text_of
from receipts.engine.split import receipts_in
from receipts.training.choices import FOLDS, Choice, Growth
from receipts.training.corpora import Example
from receipts.training.marks import same_name

GROWTH = Growth(trees=150, leaves=4, rate=0.05, candidates_a_leaf=10, features=0.7)


def choices(examples: Sequence[Example]) -> list[Choice]:
    """Lay out the candidates; a merchant falls into one fold, so that none is known by heart."""
    return [_choice(example) for example in examples if example.merchant]


def _choice(example: Example) -> Choice:
    sheet = receipts_in([example.page])[0]
    spans = list(candidates(sheet))
    truth = example.merchant or ""
    named = identity.merchant_of(sheet)
    return Choice(
        key=example.key,
        fold=crc32(truth.encode()) % FOLDS,
        features=features(sheet, spans),
        right=[same_name(text_of(span), truth) for _, span in spans],
        by_rules=same_name(named.text if named else "", truth),
    )
