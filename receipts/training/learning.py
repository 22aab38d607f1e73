"""All that the engine learns: labelled receipts → trees where they beat the rules, and calibrations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from receipts.training import calibration, choices, figures, merchants, taxes, totals
from receipts.training.calibration import Scored
from receipts.training.choices import Choice, Growth, Proof
from receipts.training.corpora import Example
from receipts.training.noise import copies


@dataclass(frozen=True)
class Choosing:
    """One field: what is learned from, how, and what the folds showed."""

    learned_from: Sequence[Choice]
    growth: Growth
    proof: Proof


@dataclass(frozen=True)
class Learned:
    """What was learned of each field by its name, and how sure the engine is of each value it chose."""

    fields: dict[str, Choosing]
    scored: dict[str, Sequence[Scored]]

    @property
    def better(self) -> list[str]:
        """Name the fields that trees choose better than the rules do."""
        return [name for name, field in self.fields.items() if field.proof.better]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Grow the trees worth keeping on all receipts, and lay them out with the calibrations."""
        kept: dict[str, npt.NDArray[Any]] = {}
        for name in self.better:
            field = self.fields[name]
            kept |= choices.arrays(name, choices.grown(field.learned_from, field.growth))
        return kept | {
            f"{name}.calibration": calibration.curve(scored) for name, scored in self.scored.items()
        }

    def lines(self, papers: Sequence[Example], others: Sequence[Example]) -> Iterator[str]:
        """Say in lines what the folds showed, and what the rules read."""
        yield figures.chosen("SROIE", "merchant", self.fields["merchant"].proof)
        for name, examples in (("SROIE", papers), ("CORD", others)):
            keys = {example.key for example in examples}
            proof = self.fields["total"].proof.of(keys)
            yield figures.chosen(name, "total", proof)
            yield figures.verified(name, list(totals.scored(examples, proof.picks)))
            yield from figures.figures(name, examples)
        yield figures.chosen("CORD", "tax or none", self.fields["tax"].proof)


def learn(papers: Sequence[Example], others: Sequence[Example]) -> Learned:
    """Learn merchants from SROIE's papers, totals from these and CORD's, taxes from CORD's."""
    everything = [*papers, *others]
    named = merchants.choices(papers)
    summed = totals.choices(everything)
    garbled = totals.choices(copies(everything))
    taxed, taxed_garbled = taxes.choices(others), taxes.choices(copies(others))
    fields = {
        "merchant": Choosing(named, merchants.GROWTH, choices.proved(named, merchants.GROWTH)),
        "total": Choosing(
            [*summed, *garbled], totals.GROWTH, choices.proved(summed, totals.GROWTH, also=garbled)
        ),
        "tax": Choosing(
            [*taxed, *taxed_garbled], taxes.GROWTH, choices.proved(taxed, taxes.GROWTH, also=taxed_garbled)
        ),
    }
    scored: dict[str, Sequence[Scored]] = {
        "merchant": [pick.scored for pick in fields["merchant"].proof.picks],
        "total": list(totals.scored(everything, fields["total"].proof.picks)),
    }
    return Learned(fields, scored)
