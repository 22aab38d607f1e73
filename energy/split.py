"""A reading that reaches over an edge of time, parted in proportion to time. Pure.

Amounts are whole millionths of a kWh. Each edge is given what has been used until there, rounded half
up, and a part is the difference of two edges: the parts add up to the reading, to the last digit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

MICROSECOND = timedelta(microseconds=1)


def parts(
    start: datetime, end: datetime, amount: int, edges: Sequence[datetime]
) -> Iterator[tuple[int, int, timedelta]]:
    """Part a reading at sorted edges: yield the number of each stretch, the amount in it, and how long.

    Stretch n reaches from edge n to edge n + 1; what lies outside the first and the last is left out.
    """
    first = bisect_right(edges, start) - 1
    if 0 <= first < len(edges) - 1 and end <= edges[first + 1]:  # as nearly all are
        yield first, amount, end - start
        return
    first = max(first, 0)
    last = min(bisect_left(edges, end), len(edges) - 1)
    begins = max(start, edges[first])
    before = until(begins - start, end - start, amount) if start < begins < end else 0
    for number in range(first, last):
        ends = min(end, edges[number + 1])
        if begins < ends:
            used = amount if ends == end else until(ends - start, end - start, amount)
            yield number, used - before, ends - begins
            begins, before = ends, used


def until(time: timedelta, whole: timedelta, amount: int) -> int:
    """Give what of `amount` is used in `time` out of the `whole`."""
    part, all_ = time // MICROSECOND, whole // MICROSECOND
    return (2 * amount * part + all_) // (2 * all_)
