"""Tables and one line of JSON from what was measured: each figure as a ratio to the limit's."""

from __future__ import annotations

import statistics
from typing import Any

LIMIT = "limit"


def median(runs: list[Any], figure: str) -> float:
    return statistics.median(getattr(run, figure) for run in runs)


def ratios(results: Any) -> dict[str, dict[str, dict[str, float]]]:
    """Give the ratios to the limit by operation and contender."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, by_contender in results.items():
        limit = by_contender[LIMIT]
        found[name] = {
            who: {
                "p50_ratio": round(median(result.alone, "p50_ms") / median(limit.alone, "p50_ms"), 3),
                "p95_ratio": round(median(result.alone, "p95_ms") / median(limit.alone, "p95_ms"), 3),
                "cpu_ratio": round(median(result.alone, "cpu_ms") / median(limit.alone, "cpu_ms"), 3),
                "rps_ratio": round(median(result.together, "rps") / median(limit.together, "rps"), 3),
            }
            for who, result in by_contender.items()
            if who != LIMIT
        }
    return found


def table(results: Any, memory: dict[str, dict[int, float]], labels: dict[str, str]) -> str:
    parts = []
    for name, by_contender in results.items():
        limit = by_contender[LIMIT]
        lines = [
            f"### {name}",
            "",
            "| | p50, ms | p95, ms | requests/s, 8 clients | CPU of server + PostgreSQL, ms | statements | bytes |",
            "|---|---|---|---|---|---|---|",
        ]
        for who, result in by_contender.items():
            cells = [
                beside(median(result.alone, "p50_ms"), median(limit.alone, "p50_ms")),
                beside(median(result.alone, "p95_ms"), median(limit.alone, "p95_ms")),
                beside(median(result.together, "rps"), median(limit.together, "rps")),
                f"{median(result.alone, 'server_cpu_ms'):.2f} + {median(result.alone, 'database_cpu_ms'):.2f}"
                f" ({median(result.alone, 'cpu_ms') / median(limit.alone, 'cpu_ms'):.2f}×)",
                f"{result.statements:g}",
                f"{result.answer_bytes:,}",
            ]
            lines.append(f"| {labels[who]} | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    lines = ["### Peak memory, MB", "", "| | all processes | the largest |", "|---|---|---|"]
    for who, processes in memory.items():
        lines.append(f"| {labels[who]} | {sum(processes.values()):.0f} | {max(processes.values()):.0f} |")
    return "\n\n".join([*parts, "\n".join(lines)])


def beside(value: float, limit: float) -> str:
    return f"{value:.2f} ({value / limit:.2f}×)"
