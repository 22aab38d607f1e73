"""Trees that choose the merchant: grown with LightGBM, proved in folds against the rules, kept as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import lightgbm
import numpy as np
import numpy.typing as npt

from receipts.engine import identity
from receipts.engine.merchants import candidates, features, text_of
from receipts.engine.sheet import sheet_of
from receipts.engine.split import receipts_in
from receipts.engine.trees import Forest
from receipts.training.calibration import Scored
from receipts.training.corpora import Example
from receipts.training.marks import same_name

FOLDS = 4
ROUNDS = 150
PARTS = ("roots", "feature", "left", "right", "value")  # of a forest, as they are kept
GROWN = {
    "objective": "binary",
    "num_leaves": 4,
    "learning_rate": 0.05,
    "min_data_in_leaf": 10,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "deterministic": True,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of one receipt: their features, and which of them are right."""

    key: str
    fold: int
    features: list[list[float]]
    right: list[bool]
    by_rules: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What the folds showed: shares of right merchants, and the choices with their probabilities."""

    by_rules: float
    learned: float
    scored: list[Scored]


def choices(examples: Sequence[Example]) -> list[Choice]:
    """Lay out the candidates; a merchant falls into one fold, so that none is known by heart."""
    return [_choice(example) for example in examples if example.merchant]


def _choice(example: Example) -> Choice:
    sheet = sheet_of(receipts_in([example.page])[0])
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


def proved(all_choices: Sequence[Choice]) -> Proof:
    """Choose in every fold with trees grown on the others."""
    scored: list[Scored] = []
    for fold in range(FOLDS):
        trees = grown([choice for choice in all_choices if choice.fold != fold])
        for choice in all_choices:
            if choice.fold == fold and choice.features:
                likely = trees.probabilities(choice.features)
                best = int(likely.argmax())
                scored.append(Scored(float(likely[best]), choice.right[best], fold))
    by_rules = sum(choice.by_rules for choice in all_choices) / len(all_choices)
    return Proof(by_rules, sum(one.right for one in scored) / len(all_choices), scored)


def grown(all_choices: Sequence[Choice]) -> Forest:
    """Grow the trees."""
    rows = np.array([row for choice in all_choices for row in choice.features], np.float64)
    right = np.array([right for choice in all_choices for right in choice.right], np.float64)
    model = lightgbm.train(GROWN, lightgbm.Dataset(rows, right), ROUNDS)
    return _flat([tree["tree_structure"] for tree in model.dump_model()["tree_info"]])


def _flat(trees: Sequence[dict[str, Any]]) -> Forest:
    """Lay trees end to end in arrays, each node before its branches."""
    roots: list[int] = []
    nodes: list[list[float]] = []  # feature, left, right, value
    for tree in trees:
        roots.append(len(nodes))
        _lay(tree, nodes)
    feature, left, right, value = zip(*nodes, strict=True)
    return Forest(_whole(roots), _whole(feature), _whole(left), _whole(right), np.array(value, np.float64))


def _lay(node: dict[str, Any], nodes: list[list[float]]) -> int:
    place = len(nodes)
    if "leaf_value" in node:
        nodes.append([-1, -1, -1, node["leaf_value"]])
        return place
    assert node["decision_type"] == "<="
    nodes.append([node["split_feature"], -1, -1, node["threshold"]])
    nodes[place][1] = _lay(node["left_child"], nodes)
    nodes[place][2] = _lay(node["right_child"], nodes)
    return place


def _whole(values: Sequence[float]) -> npt.NDArray[np.int32]:
    return np.array(values, np.int32)
