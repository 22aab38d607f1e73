"""Trees that choose one candidate of many: grown with LightGBM, proved in folds, kept as arrays."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from receipts.engine.trees import Forest
from receipts.training.calibration import Scored

FOLDS = 4
PARTS = ("roots", "feature", "left", "right", "value")  # of a forest, as they are kept
GROWN = {
    "objective": "binary",
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "deterministic": True,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown: `features` is the share that each of them is shown."""

    trees: int
    leaves: int
    rate: float
    candidates_a_leaf: int
    features: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of one receipt: their features, which are right, and whether the rules' answer is.

    That answer stands when it is `settled`, or when no candidate is as likely as `least`.
    """

    key: str
    fold: int
    features: list[list[float]]
    right: list[bool]
    by_rules: bool
    settled: bool = False
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Pick:
    """How likely each candidate seemed to trees that have not seen the receipt."""

    choice: Choice
    likely: list[float]

    @property
    def scored(self) -> Scored:
        sure = max(self.likely, default=0.0)
        by_rules = self.choice.settled or not self.likely or sure < self.choice.least
        right = self.choice.by_rules if by_rules else self.choice.right[self.likely.index(sure)]
        return Scored(sure, right, self.choice.fold)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the folds showed of some receipts: the picks of the trees, beside what the rules chose."""

    choices: list[Choice]
    picks: list[Pick]

    @property
    def by_rules(self) -> float:
        return sum(choice.by_rules for choice in self.choices) / len(self.choices)

    @property
    def learned(self) -> float:
        return sum(pick.scored.right for pick in self.picks) / len(self.choices)

    @property
    def better(self) -> bool:
        """Tell whether the trees choose better than the rules."""
        return self.learned > self.by_rules

    def of(self, keys: Collection[str]) -> "Proof":
        """Return the same of fewer receipts."""
        choices = [choice for choice in self.choices if choice.key in keys]
        return Proof(choices, [pick for pick in self.picks if pick.choice.key in keys])


def proved(choices: Sequence[Choice], growth: Growth, *, also: Sequence[Choice] = ()) -> Proof:
    """Choose in every fold with trees grown on the others, and on what is `also` learned from of these."""
    picks: list[Pick] = []
    for fold in range(FOLDS):
        trees = grown([choice for choice in (*choices, *also) if choice.fold != fold], growth)
        for choice in choices:
            if choice.fold == fold:
                likely = trees.probabilities(choice.features).tolist() if choice.features else []
                picks.append(Pick(choice, likely))
    return Proof(list(choices), picks)


def grown(choices: Sequence[Choice], growth: Growth) -> Forest:
    """Grow the trees."""
    rows = np.array([row for choice in choices for row in choice.features], np.float64)
    right = np.array([right for choice in choices for right in choice.right], np.float64)
    settings = GROWN | {
        "num_leaves": growth.leaves,
        "learning_rate": growth.rate,
        "min_data_in_leaf": growth.candidates_a_leaf,
        "feature_fraction": growth.features,
    }
    model = lightgbm.train(settings, lightgbm.Dataset(rows, right), growth.trees)
    return _flat([tree["tree_structure"] for tree in model.dump_model()["tree_info"]])


def arrays(name: str, trees: Forest) -> dict[str, npt.NDArray[Any]]:
    """Return the trees of a choice as they are kept among the weights."""
    return {f"{name}.{part}": getattr(trees, part) for part in PARTS}


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
