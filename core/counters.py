"""Numbers that are counted in each store, without gaps: of orders, of events."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from core.models import Counter, Store


@transaction.atomic
def take(*, store: Store, name: str) -> int:
    """Give out the next number of a store, from 1.

    The row stays locked until the transaction ends, so numbers become visible in their order and
    one that is rolled back is given out again. Take it last of all locks: whoever holds it waits for nobody.
    """
    mine = Counter.objects.filter(store=store, name=name)
    if not mine.update(last=F("last") + 1):
        Counter.objects.bulk_create([Counter(store=store, name=name)], ignore_conflicts=True)
        mine.update(last=F("last") + 1)
    last: int = mine.values_list("last", flat=True).get()
    return last
