"""A metric over some days, by group and by step, beside other days: figures from the window's sums. Pure.

All figures are in the store's currency alone; other currencies stand in rows of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from insights.analyses import ratio
from insights.metrics import Dimension, Key, Metric, Start, Total, figure, merged

Rows = Sequence[Total]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value beside that of other days; None where there is none, or nothing to compare it with.

    `change` is the value less the previous one, `ratio` that as a share of the previous one.
    """

    value: Decimal | None
    count: int
    previous: Decimal | None
    previous_count: int | None
    change: Decimal | None
    ratio: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Point(Figure):
    """One step of time, or all of them where no step is asked; `whole` is as in `metrics.Total`."""

    start: Start
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Group(Figure):
    """What is told apart by a dimension; `share` is of the whole of all groups, None where that is zero."""

    dimension: Dimension
    key: Key
    name: str
    share: Decimal | None
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Amount:
    """The value of a currency that is not the store's."""

    currency: str
    value: Decimal | None
    count: int


@dataclass(frozen=True, kw_only=True)
class Steps:
    """The steps of time that are looked at, and those that they are compared with, one by one."""

    now: Sequence[Start]
    before: Sequence[Start] | None


def whole_of(metric: Metric, rows: Rows, before: Rows | None) -> Figure:
    """Add everything up."""
    return Figure(**_figure(metric, rows, before))


def points_of(metric: Metric, steps: Steps, rows: Rows, before: Rows | None) -> tuple[Point, ...]:
    """Give every step, oldest first; one without rows is zero, or None where zero would say something."""
    found, other = _by_start(rows), _by_start(before or ())
    previous = [*(steps.before or ()), *([None] * len(steps.now))]
    return tuple(
        Point(
            start=start,
            whole=all(row.whole for row in found.get(start, ())),
            **_figure(
                metric,
                found.get(start, ()),
                None if before is None or then is None else other.get(then, ()),
            ),
        )
        for start, then in zip(steps.now, previous, strict=False)
    )


def groups_of(
    metric: Metric, dimension: Dimension, rows: Rows, before: Rows | None, *, first: int, steps: Steps | None
) -> tuple[tuple[Group, ...], Figure]:
    """Give the largest groups, or all of the clock in its order; and what the other groups come to."""
    whole = figure(metric, merged(rows)) or Decimal(0)
    lumped, rows = [row for row in rows if row.rest], [row for row in rows if not row.rest]
    found, other = _by_key(rows), _by_key(before or ())
    names = {row.key: row.name for row in [*(before or ()), *rows]}

    def group(key: Key) -> Group:
        now, then = found.get(key, ()), None if before is None else other.get(key, ())
        return Group(
            dimension=dimension,
            key=key,
            name=names.get(key, ""),
            share=_share(metric, now, whole),
            points=() if steps is None else points_of(metric, steps, now, then),
            **_figure(metric, now, then),
        )

    if dimension in CLOCKS:
        clock = [*CLOCKS[dimension], *([None] if None in names else [])]
        return tuple(map(group, clock)), whole_of(metric, (), None if before is None else ())

    def order(key: Key) -> tuple[Any, ...]:
        value, previous = (figure(metric, merged(of.get(key, ()))) or 0 for of in (found, other))
        return -value, -previous, names[key], str(key)

    ordered = sorted(names, key=order)
    rest = set(ordered[first:])
    left = whole_of(
        metric,
        [*lumped, *(row for row in rows if row.key in rest)],
        None if before is None else [row for row in before if row.key in rest],
    )
    return tuple(map(group, ordered[:first])), left


CLOCKS = {Dimension.WEEKDAY: range(7), Dimension.HOUR: range(24)}


def others_of(metric: Metric, currency: str, rows: Iterable[Total]) -> tuple[Amount, ...]:
    """Sum up each currency that is not the store's."""
    groups: dict[str, list[Total]] = defaultdict(list)
    for row in rows:
        if row.currency not in ("", currency):
            groups[row.currency].append(row)
    return tuple(
        Amount(currency=code, value=figure(metric, merged(group)), count=sum(row.count for row in group))
        for code, group in sorted(groups.items())
    )


def own(currency: str, rows: Iterable[Total]) -> list[Total]:
    """Keep the rows in the store's currency, or in none."""
    return [row for row in rows if row.currency in ("", currency)]


def _figure(metric: Metric, rows: Rows, before: Rows | None) -> dict[str, Any]:
    value, previous = figure(metric, merged(rows)), None
    if before is not None:
        previous = figure(metric, merged(before))
    known = value is not None and previous is not None
    change = value - previous if value is not None and previous is not None else None
    return {
        "value": value,
        "count": sum(row.count for row in rows),
        "previous": previous,
        "previous_count": None if before is None else sum(row.count for row in before),
        "change": change,
        "ratio": ratio(change, abs(previous)) if known and change is not None and previous else None,
    }


def _share(metric: Metric, rows: Rows, whole: Decimal) -> Decimal | None:
    value = figure(metric, merged(rows))
    return None if value is None or metric is Metric.UNIT_PRICE else ratio(value, whole)


def _by_start(rows: Iterable[Total]) -> dict[Start, list[Total]]:
    found: dict[Start, list[Total]] = defaultdict(list)
    for row in rows:
        found[row.start].append(row)
    return found


def _by_key(rows: Iterable[Total]) -> dict[Key, list[Total]]:
    found: dict[Key, list[Total]] = defaultdict(list)
    for row in rows:
        found[row.key].append(row)
    return found
