"""What the dashboard of suggestions reads: how many there are, what they are worth, and the best ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from core import sums
from core.models import Store
from insights.models import Suggestion, SuggestionQuerySet
from insights.suggestions.found import Kind

TOP = 5
ZERO = Decimal("0.00")
Status = Suggestion.Status


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Some suggestions; `saving` is what those that say so come to a month, in the store's currency."""

    count: int = 0
    saving: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class KindWorth(Worth):
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class SuggestionBoard:
    open: Worth
    accepted: Worth
    dismissed: Worth
    by_kind: tuple[KindWorth, ...]  # of the open ones
    top: tuple[int, ...] = field(default=())  # keys of the open ones that are worth most


def read(*, stores: Sequence[Store], seen: SuggestionQuerySet) -> dict[int, SuggestionBoard]:
    """Add up the suggestions of each store that are `seen`, in two statements."""
    rows = seen.filter(store__in=stores, currency=F("store__currency")).order_by()
    summed = rows.values("store", "status", "kind").annotate(cents=sums.units("saving"), n=Count("pk"))
    groups: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in summed:
        groups[row["store"]].append(row)
    best = _best(rows.filter(status=Status.OPEN))
    return {store.pk: _board(groups[store.pk], best[store.pk]) for store in stores}


def _best(rows: SuggestionQuerySet) -> dict[int, list[int]]:
    order = [F("saving").desc(nulls_last=True), F("pk").desc()]
    ranked = rows.annotate(rank=Window(RowNumber(), partition_by="store", order_by=order)).filter(
        rank__lte=TOP
    )
    found: dict[int, list[int]] = defaultdict(list)
    for store, key in ranked.order_by("rank").values_list("store", "pk"):
        found[store].append(key)
    return found


def _board(rows: Sequence[Mapping[str, Any]], top: Iterable[int]) -> SuggestionBoard:
    def of(status: Suggestion.Status) -> Worth:
        return _worth(row for row in rows if row["status"] == status)

    kinds = [
        KindWorth(kind=Kind(row["kind"]), **vars(_worth([row])))
        for row in rows
        if row["status"] == Status.OPEN
    ]
    return SuggestionBoard(
        open=of(Status.OPEN),
        accepted=of(Status.ACCEPTED),
        dismissed=of(Status.DISMISSED),
        by_kind=tuple(sorted(kinds, key=lambda one: (-one.saving, one.kind))),
        top=tuple(top),
    )


def _worth(rows: Iterable[Mapping[str, Any]]) -> Worth:
    rows = list(rows)
    return Worth(
        count=sum(row["n"] for row in rows),
        saving=sum((sums.decimal(row["cents"]) for row in rows), ZERO),
    )
