import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from receipts.engine.trees import WEIGHTS, Forest, forest
from tests.receipts.engine.paper import draft

# Two trees: x0 <= 1 ? (x1 <= 0 ? -2 : 1) : 3, and x1 <= 5 ? 0.5 : -0.5.
TREES = Forest(
    roots=np.array([0, 5], np.int32),
    feature=np.array([0, 1, -1, -1, -1, 1, -1, -1], np.int32),
    left=np.array([1, 2, -1, -1, -1, 6, -1, -1], np.int32),
    right=np.array([4, 3, -1, -1, -1, 7, -1, -1], np.int32),
    value=np.array([1.0, 0.0, -2.0, 1.0, 3.0, 5.0, 0.5, -0.5]),
)
numbers = st.floats(-10, 10)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_every_row_ends_in_its_leaf_of_every_tree(rows):
    def odds(x, y):
        return ((-2.0 if y <= 0 else 1.0) if x <= 1 else 3.0) + (0.5 if y <= 5 else -0.5)

    assert np.allclose(TREES.probabilities(rows), [1 / (1 + np.exp(-odds(*row))) for row in rows])


def test_the_weights_are_small_and_hold_plain_arrays():
    assert WEIGHTS.stat().st_size < 3_000_000
    trees = forest("merchant")
    assert trees is not None
    assert len(trees.roots) > 1
    assert forest("oracle") is None


def test_a_scribble_above_a_malaysian_firm_is_not_its_name():
    read = draft(
        "Cele  R\nMBB 264100\nKEDAI PAPAN YEW CHUAN\n(0005583085-K)\nLOT 276 JALAN BANTING\n43800 DENGKIL, SELANGOR.\n"
        "TEL:03-87686092\nTAX INVOICE\nSIMEN  3  58.30  174.90\nTotal  174.90"
    )
    assert read.merchant == "KEDAI PAPAN YEW CHUAN"
    assert 0 < read.evidence["merchant"].confidence <= 1


def test_where_no_paper_was_learned_from_the_rules_choose():
    read = draft("Marktkauf\nThomas Lehe\nTV-Hifi-Elektro GmbH\nTee  2,00\nSumme  2,00\nMwSt 19%  0,32")
    assert read.merchant == "Marktkauf"
