"""Bills that may be one: found when a bill enters or changes, told with reasons, and left to a person.

Nothing here voids or removes a bill by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db.models import Q

from core import prepared
from receipts.alike import LIKELY, NEAR_BITS, Facts, Reason, compare, nearest_looks
from receipts.models import Bill, Duplicate, Item, Upload

MOST = 5_000  # pictures that a new one is compared with, the latest
MOST_OTHERS = 50  # bills that say nearly the same
DAY = timedelta(days=1)
NO_PICTURES: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True)
class Likely:
    """A bill that is likely the same as another one; `bits` by which their pictures differ, if one knows."""

    other: Bill
    score: Decimal
    reasons: tuple[Reason, ...]
    bits: int | None


def find(bill: Bill, *, looks: Iterable[str] = ()) -> set[int]:
    """Look for the bills of the store that may be the same as `bill`, and keep the pairs.

    `looks` are the hashes of its picture, where it was just read. What a person has said of a pair stays.
    Gives the keys of the other bills whose open pairs have come or gone.
    """
    open_before = {pair.other(bill): pair for pair in of(bill) if pair.status == Duplicate.Status.OPEN}
    alike = (
        _same_picture(bill, looks)
        if looks
        else {key: pair.bits for key, pair in open_before.items() if pair.bits is not None}
    )
    found = [] if bill.status == Bill.Status.VOID else likely(bill, alike=alike)
    keep(bill, found)
    keys = {one.other.pk for one in found}
    for key, pair in open_before.items():
        if key not in keys:
            pair.delete()
    return set(open_before) ^ keys


def likely(
    bill: Bill, *, alike: Mapping[int, int] = NO_PICTURES, items: Sequence[Item] | None = None
) -> list[Likely]:
    """List the bills that are likely the same, the latest first.

    `alike` has the bits by which pictures of other bills differ; `items` are the lines of a bill that is not
    in the books yet.
    """
    others = _candidates(bill, alike)
    if not others:
        return []
    lines = _lines([bill, *others] if items is None else others)
    if items is not None:
        lines[bill.pk] = tuple(item.total for item in items if item.total is not None)
    own, found = _facts(bill, lines), []
    for other in others:
        score, reasons = compare(own, _facts(other, lines), same_image=other.pk in alike)
        if score >= LIKELY:
            found.append(Likely(other, score, reasons, alike.get(other.pk)))
    return found


def keep(bill: Bill, found: Iterable[Likely]) -> None:
    """Keep the pairs of a bill and those that it is likely the same as."""
    for one in found:
        _keep(bill, one)


def of(bill: Bill) -> Iterator[Duplicate]:
    """Give the pairs that a bill is in."""
    yield from Duplicate.objects.filter(Q(earlier=bill) | Q(later=bill)).order_by("pk")


def open_beside(bill: Bill) -> list[Bill]:
    """List the bills that a bill may be one with, as long as nobody has said so or not."""
    keys = [pair.other(bill) for pair in of(bill) if pair.status == Duplicate.Status.OPEN]
    return list(Bill.objects.filter(pk__in=keys).order_by("pk")) if keys else []


def _candidates(bill: Bill, alike: Mapping[int, int]) -> list[Bill]:
    """Select the bills that say nearly the same or look the same; another receipt on one photo is another."""
    said: dict[str, Any] = {"store": bill.store_id}
    if bill.total is not None:
        first, last = bill.booked_on - DAY, bill.booked_on + DAY
        said |= {"total": bill.total, "currency": bill.currency, "first": first, "last": last}
    if bill.pk is not None:
        said["own"] = bill.pk
    if bill.upload_id is not None:
        said["upload"] = bill.upload_id
    if alike or bill.number:
        return list(_near(alike, bill.number, **said))
    return prepared.rows(_near, **said)


def _near(
    alike: Iterable[int] = (),
    number: str = "",
    *,
    store: Any,
    own: Any = None,
    upload: Any = None,
    total: Any = None,
    currency: Any = None,
    first: Any = None,
    last: Any = None,
) -> Any:
    near = Q(pk__in=list(alike))
    if total is not None:
        near |= Q(total=total, currency=currency) & (Q(booked_on__range=(first, last)) | Q(date=None))
    if number:
        near |= Q(number__iexact=number)
    rows = Bill.objects.filter(near, store=store).counted()
    if own is not None:
        rows = rows.exclude(pk=own)
    if upload is not None:
        rows = rows.exclude(upload=upload)
    return rows.order_by("-pk")[:MOST_OTHERS]


def _lines(bills: list[Bill]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = {bill.pk: [] for bill in bills}
    rows = Item.objects.filter(bill__in=found, total__isnull=False)
    for bill, total in rows.values_list("bill", "total"):
        found[bill].append(total)
    return {key: tuple(totals) for key, totals in found.items()}


def _facts(bill: Bill, lines: dict[int, tuple[Any, ...]]) -> Facts:
    return Facts(
        merchant=str(bill.merchant_id) if bill.merchant_id else bill.merchant_name,
        day=bill.date,
        time=bill.time,
        total=None if bill.total is None else (bill.total, bill.currency),
        number=bill.number,
        lines=lines.get(bill.pk, ()) if len(lines.get(bill.pk, ())) > 1 else (),
    )


def _same_picture(bill: Bill, looks: Iterable[str]) -> dict[int, int]:
    """Find the bills whose pictures are another photo of this one's, with the bits that differ."""
    pictures = Upload.objects.of(bill.store).exclude(look="").exclude(pk=bill.upload_id).order_by("-pk")
    near = nearest_looks(looks, dict(pictures.values_list("pk", "look")[:MOST]))
    near = {key: bits for key, bits in near.items() if bits <= NEAR_BITS}
    rows = Bill.objects.filter(upload__in=near, position=bill.position).counted()
    return {key: near[upload] for key, upload in rows.values_list("pk", "upload")}


def _keep(bill: Bill, one: Likely) -> None:
    earlier, later = sorted((bill.pk, one.other.pk))
    said = {"score": one.score, "reasons": list(one.reasons), "bits": one.bits}
    pair, made = Duplicate.objects.get_or_create(
        earlier_id=earlier, later_id=later, defaults={"store": bill.store, **said}
    )
    if made or pair.status == Duplicate.Status.KEPT:
        return
    pair.status = Duplicate.Status.OPEN
    for name, value in said.items():
        setattr(pair, name, value)
    pair.save(update_fields=[*said, "status", "updated_at"])
