"""Suggestions, made at night: what the rules find in the books of a store, kept once a cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.models import Store
from core.ranges import Days
from insights import series, wording
from insights.models import Suggestion
from insights.series import charges as bills
from insights.series import loads, purchases, shelves
from insights.suggestions import buying, charges, selling
from insights.suggestions.found import Found, Link
from insights.suggestions.rules import Facts, look

EVERY = 7  # days: what is worth something a month does not change over night
MOST_OPEN = 10  # of a kind, that a store is asked to decide on at a time
GROWN = Decimal("1.5")  # times what it was worth when it was decided on: then it is asked again
CHARGES = 31 * (charges.WHOLE_MONTHS + 1)  # days
Status = Suggestion.Status
COLUMNS = (
    "text", "plain", "source", "figures", "evidence", "saving", "currency", "confidence", "status",
    "found_on", "decided_at", "decided_by", "decided_saving", "reason", "updated_at",
)  # fmt: skip


def keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Keep the suggestions of the stores whose turn it is, once a week each; a step of the night."""
    due = [store for store in stores if (days[store.pk].toordinal() + store.pk) % EVERY == 0]
    if due:
        renew(stores=due, days=days)


@transaction.atomic
def renew(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Look for what may save money until a day of each store; doing it again changes nothing.

    What was dismissed or accepted stays so, unless it is worth half as much again by now. What nobody
    decided on and the books no longer show lapses.
    """
    known: dict[int, dict[str, Suggestion]] = {store.pk: {} for store in stores}
    for row in Suggestion.objects.select_for_update().filter(store__in=stores).order_by("pk"):
        known[row.store_id][row.cause] = row
    new: list[Suggestion] = []
    changed: list[Suggestion] = []
    templates: dict[tuple[int, str], str] = {}
    for store, facts in zip(stores, _facts(stores, days), strict=True):
        rows, told = known[store.pk], look(facts)
        said = {row.cause: row.plain for row in rows.values()}
        changed += _lapsed(rows, {one.cause for one in told}, facts.day)
        changed += [row for one in told if (row := rows.get(one.cause)) and _renewed(row, one, facts)]
        new += _made(store, rows, told, facts)
        templates |= {(store.pk, one.cause): one.template for one in told if said.get(one.cause) != one.text}
    Suggestion.objects.bulk_create(new)
    Suggestion.objects.bulk_update(changed, COLUMNS)
    for store in stores:
        mine = [row for row in (*new, *changed) if row.store_id == store.pk and row.status == Status.OPEN]
        asked = {row.pk: templates[key] for row in mine if (key := (store.pk, row.cause)) in templates}
        wording.ask_for(store, asked)


def _made(
    store: Store, rows: Mapping[str, Suggestion], told: Sequence[Found], facts: Facts
) -> list[Suggestion]:
    """Make what is not known yet, the most worth first, as far as a store is not asked too much."""
    made = []
    asked = [row.kind for row in rows.values() if row.status == Status.OPEN]
    for one in sorted(told, key=lambda one: -(one.saving or 0)):
        if one.cause not in rows and asked.count(one.kind) < MOST_OPEN:
            asked.append(one.kind)
            row = Suggestion(store=store, kind=one.kind, cause=one.cause, found_on=facts.day)
            _fill(row, one, facts.currency)
            made.append(row)
    return made


def _renewed(row: Suggestion, found: Found, facts: Facts) -> bool:
    """Bring a suggestion up to the day, unless it is of a later one; say whether it was."""
    if row.found_on > facts.day:
        return False
    if row.status == Status.LAPSED or _has_grown(row, found):
        row.status, row.reason = Status.OPEN, ""
        row.decided_at = row.decided_by = row.decided_saving = None
    row.found_on = facts.day
    row.updated_at = timezone.now()
    _fill(row, found, facts.currency)
    return True


def _has_grown(row: Suggestion, found: Found) -> bool:
    decided = row.decided_saving
    return decided is not None and found.saving is not None and found.saving >= decided * GROWN


def _fill(row: Suggestion, found: Found, currency: str) -> None:
    """Write what was found; other words for the same figures stay."""
    if row.plain != found.text:
        row.plain = row.text = found.text[:1000]
        row.source = Suggestion.Source.RULES
    row.figures = dict(found.figures)
    row.evidence = [_plain(link) for link in found.links]
    row.saving, row.currency, row.confidence = found.saving, currency, found.confidence


def _plain(link: Link) -> dict[str, Any]:
    return {**asdict(link), "value": f"{link.value:f}"}


def _lapsed(rows: Mapping[str, Suggestion], causes: set[str], day: date) -> list[Suggestion]:
    gone = [
        row
        for row in rows.values()
        if row.status == Status.OPEN and row.found_on < day and row.cause not in causes
    ]
    for row in gone:
        row.status, row.updated_at = Status.LAPSED, timezone.now()
    return gone


def _facts(stores: Sequence[Store], days: Mapping[int, date]) -> list[Facts]:
    """Read as far back as the rules look, for all stores together: 19 statements at most."""

    def until(length: int) -> dict[Store, Days]:
        ends = {store: days[store.pk] + timedelta(days=1) for store in stores}
        return {store: Days(end - timedelta(days=length), end) for store, end in ends.items()}

    bought = purchases.purchases(spans=until(buying.EARLIER))
    paid = bills.charges(spans=until(CHARGES))
    sold = series.sales_by_product(spans=until(selling.SPAN))
    stocks = shelves.stocks(stores=stores, sales=sold)
    weeks = until(selling.WEEKS * 7)
    orders = shelves.orders_by_hour_of_week(spans=weeks)
    work = shelves.work_by_hour_of_week(spans=weeks)
    drawn = loads.loads(stores=stores, days=days, now=timezone.now())
    return [
        Facts(
            day=days[store.pk],
            currency=store.currency,
            purchases=bought[store.pk],
            charges=paid[store.pk],
            stocks=stocks[store.pk],
            sales=sold[store.pk],
            orders=orders[store.pk],
            work=work[store.pk],
            load=drawn.get(store.pk),
        )
        for store in stores
    ]
