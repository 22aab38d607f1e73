"""Which rows lie in which days of which store, as conditions of one SQL statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from core.models import Store
from core.ranges import Days, starts

Spans = Mapping[Store, Days]  # which days of which store


def booked(spans: Mapping[int, Days], path: str = "") -> Q:
    """Keep each store's bills of its days; stores with the same days share one term."""
    stores: dict[Days, list[int]] = defaultdict(list)
    for store, days in spans.items():
        stores[days].append(store)
    chosen = Q(pk__in=[])
    for days, keys in stores.items():
        within = {f"{path}booked_on__gte": days.start, f"{path}booked_on__lt": days.end}
        chosen |= Q(**{f"{path}store__in": keys}, **within)
    return chosen


def closed(spans: Spans, path: str = "") -> Q:
    """Keep the orders closed in their store's days."""
    return happened(spans, f"{path}store", f"{path}closed_at")


def happened(spans: Spans, store_path: str, moment: str) -> Q:
    """Keep what has a moment in its store's days; stores whose days are the same moments share a term."""
    stores: dict[tuple[datetime, datetime], list[int]] = defaultdict(list)
    for store, days in spans.items():
        stores[starts(days.start, store.zone), starts(days.end, store.zone)].append(store.pk)
    chosen = Q(pk__in=[])
    for (first, last), keys in stores.items():
        chosen |= Q(**{f"{store_path}__in": keys, f"{moment}__gte": first, f"{moment}__lt": last})
    return chosen
