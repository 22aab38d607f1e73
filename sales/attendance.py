"""Who was at work on which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from core.models import Store
from core.ranges import Days, starts
from sales.hours import DayOfWork, Spell, attendance
from sales.models import Shift


def attended(
    *, shifts: QuerySet[Shift], spans: Mapping[Store, Days], now: datetime
) -> dict[int, list[DayOfWork]]:
    """Add up, for each store, what each person did on each of its days, in one statement for all stores.

    A shift that goes on counts until `now`.
    """
    spells: dict[int, list[Spell]] = defaultdict(list)
    for shift in shifts.filter(_touching(spans)):
        spells[shift.store_id].append(Spell(shift.user_id, shift.clock_in, shift.clock_out or now))
    return {
        store.pk: attendance(spells=spells[store.pk], days=days, zone=store.zone)
        for store, days in spans.items()
    }


def _touching(spans: Mapping[Store, Days]) -> Q:
    chosen = Q(pk__in=[])
    for store, days in spans.items():
        first, last = starts(days.start, store.zone), starts(days.end, store.zone)
        chosen |= Q(store=store, clock_in__lt=last) & (Q(clock_out=None) | Q(clock_out__gt=first))
    return chosen
