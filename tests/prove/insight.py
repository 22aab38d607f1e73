"""Every figure of the window, the dashboards and the kept analyses, on many random books: `SEEDS=100`.

DATABASE_URL says on what.
"""

from __future__ import annotations

import os
import time


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "sqlite:///var/insight_prove.sqlite3")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return prove(int(os.environ.get("SEEDS", "100")))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def prove(seeds: int) -> int:
    from django.db import connection, transaction

    from tests.insights import test_boards, test_side_boards, test_snapshots, test_totals

    combinations = len(test_totals.COMBINATIONS)
    parts = {
        f"{combinations} combinations of metric, dimension and step": lambda seed: test_totals.agree(
            seed, combinations
        ),
        "all figures of all dashboards": test_boards.agree,
        "all figures of sales and energy": test_side_boards.agree,
        "all figures of the kept analyses": test_snapshots.agree,
    }
    failed = 0
    for name, agree in parts.items():
        wrong, started = [], time.process_time()
        for seed in range(seeds):
            try:
                with transaction.atomic():
                    agree(seed)
                    transaction.set_rollback(True)
            except AssertionError as error:
                wrong.append(seed)
                print(f"seed {seed}: {str(error)[:300]}")
        took = time.process_time() - started
        print(
            f"{connection.vendor}, {name}: {len(wrong)} of {seeds} books differ ({took:.0f} s of CPU)",
            flush=True,
        )
        failed |= bool(wrong)
    return failed
