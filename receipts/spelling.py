"""Which known name a misread text most likely is.

Pure: takes texts, and returns one of them or None.
"""

from collections import Counter
from collections.abc import Iterable
from functools import cache

LIKE_ENOUGH = 0.85  # of 1: some two letters of fifteen may be misread
CLEARLY = 0.03  # by how much the best must beat the second
SHORTEST = 5  # characters; of shorter names too many are alike
COMMON = 0.4  # share of pairs of letters that two texts must have in common before they are compared closely
# Signs that are taken for each other, each group at the cost of a quarter of a letter.
_ALIKE = ("0oqd", "1il|!j", "5s$", "8b", "2z", "6g", "uv", "ce", "nh", "mn", "rn", "äa", "öo0", "üu")
_PAIRS = {(a, b) for group in _ALIKE for a in group for b in group}
SMALL, WHOLE, NEVER = 0.25, 1.0, 1000.0


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Give the one of `known` that `text` is a misspelling of; None where none or several are as near.

    A number must be the same: "Milk 1 l" is never "Milk 2 l".
    """
    wanted = folded(text)
    if len(wanted) < SHORTEST:
        return None
    pairs = _pairs(wanted)
    scored = sorted(
        ((likeness(wanted, folded(name)), name) for name in known if _worth_a_look(wanted, pairs, name)),
        reverse=True,
    )
    if not scored or scored[0][0] < LIKE_ENOUGH:
        return None
    best = [name for score, name in scored if score > scored[0][0] - CLEARLY]
    return best[0] if len(best) == 1 else None


def likeness(one: str, other: str) -> float:
    """Say how alike two folded texts are, 0 to 1, by the cost of turning one into the other."""
    row = [0.0]
    for letter in other:
        row.append(row[-1] + _loss(letter))
    for letter in one:
        before, row = row, [row[0] + _loss(letter)]
        for place, wanted in enumerate(other):
            row.append(
                min(
                    before[place] + _exchange(letter, wanted),
                    before[place + 1] + _loss(letter),
                    row[place] + _loss(wanted),
                )
            )
    return max(0.0, 1 - row[-1] / max(len(one), len(other), 1))


@cache
def _exchange(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if (one, other) in _PAIRS:
        return NEVER if one.isdigit() and other.isdigit() else SMALL
    return NEVER if one.isdigit() or other.isdigit() else WHOLE


def _loss(letter: str) -> float:
    if letter.isdigit():
        return NEVER
    return WHOLE if letter.isalnum() else SMALL


def _worth_a_look(wanted: str, pairs: Counter[str], name: str) -> bool:
    other = folded(name)
    longest = max(len(wanted), len(other))
    if longest - min(len(wanted), len(other)) > longest * (1 - LIKE_ENOUGH) + 2 or len(other) < SHORTEST:
        return False
    return (pairs & _pairs(other)).total() >= COMMON * (min(len(wanted), len(other)) - 1)


def _pairs(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))


def folded(text: str) -> str:
    """Give the form in which texts are compared."""
    return " ".join(text.lower().split())[:200]
