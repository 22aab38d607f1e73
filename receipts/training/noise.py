"""Receipts read worse than they were: letters mistaken, boxes lost and shifted, as by OCR on a poor photo.

Trees that see them learn not to lean on one label, since it can be garbled; amounts keep their digits.
"""

import random
from collections.abc import Iterable
from dataclasses import replace

from receipts.engine.boxes import Box
from receipts.training.corpora import Example

COPIES = (1, 2)  # seeds of the copies of each receipt that are learned from too
LOST = 0.04  # of the boxes
GARBLED = 0.25  # of those with letters
SHIFT = 0.06  # heights: the standard deviation up and down
MISTAKEN = 0.8  # of the letters garbled; the others are lost
LETTERS_A_MISTAKE = 6
LOOKALIKES = {
    "O": "0", "o": "0", "D": "0", "l": "1", "I": "l", "i": "1", "S": "5", "s": "8", "B": "8", "T": "I",
    "t": "f", "a": "o", "A": "4", "e": "c", "c": "e", "E": "F", "F": "P", "n": "m", "m": "n", "N": "H",
    "H": "N", "u": "v", "U": "V", "V": "U", "R": "K", "r": "n", "L": "I", "b": "6", "G": "6", "C": "G",
    "h": "b", "P": "F", "Y": "V", "M": "N",
}  # fmt: skip


def copies(examples: Iterable[Example]) -> list[Example]:
    """Return receipts as poor readers would see them, so many copies of each."""
    return [garbled(example, seed) for example in examples for seed in COPIES]


def garbled(example: Example, seed: int) -> Example:
    """Return the receipt as a poor reader would see it; the same for the same seed."""
    dice = random.Random(f"{example.key} {seed}")  # noqa: S311
    boxes = tuple(_box(box, dice) for box in example.page.boxes if dice.random() >= LOST)
    kept = tuple(box for box in boxes if box.text.strip())
    return replace(example, page=replace(example.page, boxes=kept or example.page.boxes))


def _box(box: Box, dice: random.Random) -> Box:
    letters = [place for place, sign in enumerate(box.text) if sign.isalpha()]
    text = list(box.text)
    if letters and dice.random() < GARBLED:
        for place in dice.sample(letters, 1 + dice.randrange(1 + len(letters) // LETTERS_A_MISTAKE)):
            mistaken = dice.random() < MISTAKEN
            text[place] = LOOKALIKES.get(text[place], text[place].swapcase()) if mistaken else ""
    move = dice.gauss(0, SHIFT) * box.height
    return replace(box, text="".join(text), top=box.top + move, bottom=box.bottom + move)
