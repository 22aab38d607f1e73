"""What a change between two periods is made of: which groups, and whether by more or by dearer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from insights.analyses import ratio
from insights.breakdowns import Group


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """A group's part of a change.

    `part` is of the whole change, None where that is zero; all parts add up to 1. `by_count` is what more or
    fewer bills or orders would have made at the mean size of before, `by_size` the rest of its change.
    """

    group: Group
    change: Decimal
    part: Decimal | None
    by_count: Decimal
    by_size: Decimal


def contributions(groups: Sequence[Group], *, change: Decimal) -> list[Contribution]:
    """Order the groups of a breakdown by how much they have changed, whichever way; those that have."""
    made = [_contribution(group, change) for group in groups if group.change]
    return sorted(made, key=lambda row: (-abs(row.change), row.group.name, str(row.group.key)))


def _contribution(group: Group, whole: Decimal) -> Contribution:
    change = by_count = group.change or Decimal(0)
    if group.previous_count and group.count and group.previous is not None:
        mean = group.previous / group.previous_count
        by_count = ((group.count - group.previous_count) * mean).quantize(change, ROUND_HALF_UP)
    return Contribution(
        group=group,
        change=change,
        part=ratio(change, whole),
        by_count=by_count,
        by_size=change - by_count,
    )
