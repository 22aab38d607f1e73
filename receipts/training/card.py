"""The model card: what the trees learned from, what they reach, and how far they can be trusted."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from django.utils import timezone

BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)

CARD = """# The learned part of the engine

Written by `manage.py train_engine` on {today}; do not edit.

**What it is.** Gradient-boosted trees, walked by numpy, that choose one candidate of many:

- the **merchant** among the rows of a receipt's head. They are asked on Malaysian papers alone, since they
  have seen no others: on German and American ones the rules are better, and choose. Names of known chains
  are the rules' too;
- the **total** among all amounts of a paper, by labels, place, letters and what the other amounts make. They
  learn from each receipt as it is and from two copies with letters mistaken and rows lost, so that one
  garbled label does not mislead them;
- the **tax** where the rules find none, among the amounts with which the sums close. They learn from CORD's
  papers, which are Indonesian, and may say that there is none.

Trees are kept where the folds show them better than the rules: {kept}. The date, subtotal, tip and lines are
read by rules and arithmetic ([why](adr/0017-rules-where-they-read-as-well.md)).

**Data.** {sroie} receipts of SROIE (ICDAR 2019, task 3; CC BY 4.0) and {cord} of CORD (CC BY 4.0), as boxes
of text; {without} receipts of SROIE on which we measure ourselves were left out. No picture of WildReceipt
was learned from.

**Figures.** What is learned: by four folds, each read by trees grown on the others, no merchant in two of
them. What is by rules: as they read these boxes, on which they were mended too: an upper bound.

{figures}

**Confidence.** Isotonic curves turn a probability, above all others where the sums prove a total, into how
many such values were right; each fold is calibrated by the others. Of those so sure, how many were right:

{bins}

![Reliability](engine-reliability.png)

**Licence.** The weights (`receipts/engine/weights.npz`, {size} KB) are under this project's licence; the data
they were learned from asks to be named: Huang et al., ICDAR 2019 SROIE; Park et al., CORD, 2019.
"""


def bins(sure: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int, float, float]]:
    """Group values by how sure they are: from, to, how many, their mean and the share that is right."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [one for one in sure if low < one[0] <= high or low == one[0] == 0]
        if inside:
            count = len(inside)
            rows.append(
                (
                    low,
                    high,
                    count,
                    sum(said for said, _ in inside) / count,
                    sum(hit for _, hit in inside) / count,
                )
            )
    return rows


def write(
    folder: Path, sure: dict[str, Sequence[tuple[float, bool]]], *, figures: Sequence[str], **facts: object
) -> None:
    """Write the card and its plot."""
    rows = {name: bins(values) for name, values in sure.items()}
    listed = "\n".join(f"- {figure}" for figure in figures)
    text = CARD.format(today=timezone.localdate(), figures=listed, bins=_table(rows), **facts)
    (folder / "engine-card.md").write_text(text)
    _plot(folder / "engine-reliability.png", rows)


def _table(rows: dict[str, list[tuple[float, float, int, float, float]]]) -> str:
    lines = ["| value | sure | receipts | mean | right |", "|---|---|---|---|---|"]
    for name, groups in rows.items():
        lines += [
            f"| {name} | {low:.2f}–{high:.2f} | {count} | {mean:.3f} | {hit:.3f} |"
            for low, high, count, mean, hit in groups
        ]
    return "\n".join(lines)


def _plot(path: Path, rows: dict[str, list[tuple[float, float, int, float, float]]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, groups in rows.items():
        axes.plot([row[3] for row in groups], [row[4] for row in groups], marker="o", label=name)
    axes.set(xlabel="confidence said", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend()
    figure.savefig(path, dpi=100, metadata={"Software": None})
    pyplot.close(figure)
