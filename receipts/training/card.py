"""The model card: what the trees learned from, what they reach, and how far they can be trusted."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from django.utils import timezone

from receipts.training.merchants import Proof

BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)

CARD = """# The learned part of the engine

Written by `manage.py train_engine` on {today}; do not edit.

**What it is.** Gradient-boosted trees ({trees} of at most {leaves} leaves) that choose the merchant among the
rows of a receipt's head. {kept}They are asked on Malaysian papers alone, since they have seen no others: on
German and American ones the rules are better, and choose. Names of known chains are the rules' too, and
everything else is read by rules and arithmetic.

**Data.** {sroie} receipts of SROIE (ICDAR 2019, task 3; CC BY 4.0), as boxes of text with the company's name;
{without} receipts on which we measure ourselves were left out. The lines and totals of {cord} receipts of
CORD (CC BY 4.0) are measured, not learned from. No picture of WildReceipt was learned from.

**Figures.** The merchants by four folds, no merchant in two of them; the rest as the rules read the boxes:

{figures}

**Confidence** of the merchant chosen, in the same folds: of those said to be so sure, how many were right.

| sure | receipts | mean | right |
|---|---|---|---|
{bins}

![Reliability](engine-reliability.png)

**Licence.** The weights (`receipts/engine/weights.npz`, {size} KB) are under this project's licence; the data
they were learned from asks to be named: Huang et al., ICDAR 2019 SROIE; Park et al., CORD, 2019.
"""


def bins(sure: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, int, float, float]]:
    """Group choices by how sure they are: from, to, how many, their mean and the share that is right."""
    rows = []
    for low, high in pairwise(BINS):
        inside = [(one, hit) for one, hit in zip(sure, right, strict=True) if low < one <= high]
        if inside:
            count = len(inside)
            rows.append(
                (
                    low,
                    high,
                    count,
                    sum(one for one, _ in inside) / count,
                    sum(hit for _, hit in inside) / count,
                )
            )
    return rows


def write(folder: Path, proof: Proof, *, figures: Sequence[str], **facts: object) -> None:
    """Write the card and its plot."""
    rows = bins(proof.sure, proof.right)
    table = "\n".join(
        f"| {low:.2f}–{high:.2f} | {n} | {mean:.3f} | {hit:.3f} |" for low, high, n, mean, hit in rows
    )
    listed = "\n".join(f"- {figure}" for figure in figures)
    text = CARD.format(today=timezone.localdate(), figures=listed, bins=table, **facts)
    (folder / "engine-card.md").write_text(text)
    _plot(folder / "engine-reliability.png", rows)


def _plot(path: Path, rows: Sequence[tuple[float, float, int, float, float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4, 4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([row[3] for row in rows], [row[4] for row in rows], marker="o")
    for _, _, count, mean, hit in rows:
        axes.annotate(str(count), (mean, hit), textcoords="offset points", xytext=(5, -11))
    axes.set(xlabel="confidence said", ylabel="share right", xlim=(0, 1), ylim=(0, 1), title="Merchant")
    figure.savefig(path, dpi=100, metadata={"Software": None})
    pyplot.close(figure)
