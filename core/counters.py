"""Numbers that are counted in each store, without gaps: of orders, of events."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from core.models import Counter, Store


def take(*, store: Store, name: str) -> int:
    """Give out the next number of a store, from 1; locked as `take_several` says."""
    return take_several(store=store, name=name, count=1)[0]


@transaction.atomic
def take_several(*, store: Store, name: str, count: int) -> range:
    """Give out the next `count` numbers of a store at once.

    The row stays locked until the transaction ends, so numbers become visible in their order and
    those that are rolled back are given out again. Take them last of all locks: whoever holds the row
    waits for nobody.
    """
    mine = Counter.objects.filter(store=store, name=name)
    if not mine.update(last=F("last") + count):
        Counter.objects.bulk_create([Counter(store=store, name=name)], ignore_conflicts=True)
        mine.update(last=F("last") + count)
    last: int = mine.values_list("last", flat=True).get()
    return range(last - count + 1, last + 1)
