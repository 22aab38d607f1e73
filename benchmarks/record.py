"""Write docs/performance.md and its plots from what was measured."""

from __future__ import annotations

import datetime
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import report
from contenders import ROOT, WORK
from operations import OPERATIONS

PAGE = ROOT / "docs" / "performance.md"
PRODUCT = ("#1f77b4", "#b0b0b0")  # ours, and the others


def write(results: Any, memory: Any, labels: dict[str, str], *, database: str, took: float) -> None:
    day = datetime.datetime.now(tz=datetime.UTC).date()
    parts = [
        "# Performance",
        f'Measured on {day} by `make bench ARGS="{" ".join(sys.argv[1:])}"` in {took / 60:.1f} minutes, on {machine()}; {database}; '
        f"{versions()}.",
        HOW,
        "\n".join(f"- **{name}**: {what}." for name, what in OPERATIONS.items() if name in results),
        "![Latency beside the limit](performance-latency.png)",
        "![Requests a second beside the limit](performance-throughput.png)",
        report.table(results, memory, labels),
    ]
    PAGE.write_text("\n\n".join(parts) + "\n")
    ratios = report.ratios(results)
    plot(
        ratios, labels, "p50_ratio", "p50 latency, one client: times the limit's (less is better)", "latency"
    )
    plot(
        ratios,
        labels,
        "rps_ratio",
        "Requests/s, eight clients: parts of the limit's (more is better)",
        "throughput",
    )


HOW = """One process of each serves the same database of 300 stores, 200,000 bills and 2,000,000 items; `wrk` loads them in
turn, several rounds, medians. The limit (1×) is one statement written by hand for each operation, which returns finished
JSON by `json_agg` behind a bare WSGI function. Python's peers run on granian with four threads, as the limit does; all
keep their connections. Before anything is measured all must answer the same data. The product authenticates each request
by its token and holds every row to what the caller may see; the limit and the peers do neither. A bill that it enters
it also checks, compares with others, adds to the sums of its day, month and year, and tells the audit. CPU is that of
the server's processes and of PostgreSQL's for its clients. Statements are all that are sent, BEGIN and COMMIT too."""


def machine() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    cores = len(re.findall(r"^processor", Path("/proc/cpuinfo").read_text(), re.MULTILINE))
    name = found[1] if found else platform.machine()
    return f"{cores} cores of {name}, {int(memory[1]) // 1024**2 if memory else '?'} GiB"


def versions() -> str:
    ours = ("django", "strawberry-graphql", "uvicorn", "psycopg2-binary")
    named = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ours)]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    peers = subprocess.run(
        [
            WORK / "venv" / "bin" / "python",
            "-m",
            "pip",
            "list",
            "--format=freeze",
            "--disable-pip-version-check",
        ],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    shown = [
        line.replace("==", " ")
        for line in peers.split()
        if line.split("==")[0] in ("granian", "djangorestframework")
    ]
    return ", ".join([*named, *shown, f"Node.js {node}"])


def plot(ratios: Any, labels: dict[str, str], figure: str, title: str, name: str) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    shown = [operation for operation in ratios if len(ratios[operation]) > 1]
    canvas, axes = plt.subplots(
        1, len(shown), figsize=(3.4 * len(shown), 3.6), sharey=True, layout="constrained"
    )
    for axis, operation in zip(axes, shown, strict=True):
        bars = ratios[operation]
        who = [one for one in labels if one in bars][::-1]
        values = [bars[one][figure] for one in who]
        drawn = axis.barh(
            [labels[one] for one in who], values, color=[PRODUCT[one != "product"] for one in who]
        )
        axis.bar_label(drawn, fmt="%.2f", padding=3, fontsize=8)
        axis.axvline(1, color="black", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(ScalarFormatter())
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_xlim(min(0.5, *values) / 1.3, max(1.5, *values) * 3)
        axis.set_title(operation)
    canvas.suptitle(title)
    canvas.savefig(PAGE.with_name(f"performance-{name}.png"), dpi=110)
    plt.close(canvas)
