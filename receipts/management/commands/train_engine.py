"""`manage.py train_engine --data PATH`: learn from labelled receipts what the engine then knows."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Grow the engine's trees from SROIE and CORD, prove them in four folds against the rules, "
        "and write weights and model card; needs requirements-dev.txt."
    )
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", type=Path, required=True, help="folder with sroie_boxes.jsonl, cord_*.jsonl"
        )
        parser.add_argument("--without", type=Path, help="a truth.jsonl whose receipts are not learned from")
        parser.add_argument("--dry-run", action="store_true", help="only print the figures")

    def handle(self, *, data: Path, without: Path | None, dry_run: bool, **options: Any) -> None:
        try:
            from receipts.training import calibration, card, corpora, learning
        except ModuleNotFoundError as error:
            raise CommandError(f"{error}: training needs requirements-dev.txt.") from error
        from receipts.engine.trees import WEIGHTS

        kept = frozenset(json.loads(line)["key"] for line in without.open()) if without else frozenset()
        if not (data / "sroie_boxes.jsonl").exists():
            raise CommandError(f"There are no labelled receipts at {data}.")
        papers, others = corpora.sroie(data, without=kept), corpora.cord(data)
        learned = learning.learn(papers, others)
        lines = list(learned.lines(papers, others))
        self.stdout.write("\n".join(lines))
        if dry_run:
            return
        np.savez_compressed(WEIGHTS, allow_pickle=False, **learned.arrays())
        card.write(
            settings.BASE_DIR / "docs",
            {name: calibration.proved(scored) for name, scored in learned.scored.items()},
            figures=lines,
            kept=", ".join(learned.better) or "none",
            sroie=len(papers),
            without=len(kept & {example.key for example in corpora.sroie(data)}),
            cord=len(others),
            size=round(WEIGHTS.stat().st_size / 1000),
        )
        self.stdout.write(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1000:.0f} KB")
