"""Keep what a store pays for a kilowatt-hour. Costs are computed from it when asked, and never kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import audit
from core.errors import Code, Refused
from core.fields import number, short
from core.models import Store, User
from energy.models import Tariff, TariffBand
from energy.prices import Band, Prices, overlapping

PRICE = (6, 6)  # digits before and after the point
MAX_NAME = 100
MAX_BANDS = 24
MAX_TARIFFS = 500


@transaction.atomic
def set_tariff(
    *,
    store: Store,
    by: User | None,
    valid_from: date,
    price: Decimal,
    bands: Sequence[Band] = (),
    name: str = "",
) -> Tariff:
    """Say what a kWh costs from a day on; what was said of that day before is replaced.

    Raises: Refused with INVALID, or CONFLICT where there are too many.
    """
    Store.objects.select_for_update().get(pk=store.pk)
    _check(bands)
    before = Tariff.objects.of(store).filter(valid_from=valid_from).first()
    if before is None and Tariff.objects.of(store).count() >= MAX_TARIFFS:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_TARIFFS} tariffs.")
    pictured = _picture(before) if before else None
    tariff = before or Tariff(store=store, valid_from=valid_from)
    tariff.name = short(name, MAX_NAME, "name")
    tariff.price, tariff.currency = number(price, *PRICE, "price"), store.currency
    tariff.save()
    TariffBand.objects.filter(tariff=tariff).delete()
    TariffBand.objects.bulk_create(
        TariffBand(
            tariff=tariff, weekdays=band.weekdays, starts=band.starts, ends=band.ends, price=band.price
        )
        for band in bands
    )
    after = _picture(tariff)
    if after != pictured:
        audit.record(store=store, by=by, action="tariff.set", node=tariff, before=pictured, after=after)
    return tariff


@transaction.atomic
def remove(*, tariff: Tariff, by: User) -> None:
    """Remove a tariff: the one before it holds on, or none does."""
    audit.record(store=tariff.store, by=by, action="tariff.remove", node=tariff, before=_picture(tariff))
    tariff.delete()


def of_stores(stores: Iterable[Store]) -> dict[int, list[Prices]]:
    """Give the tariffs of each store in its currency, oldest first, in two statements."""
    stores = list(stores)
    currencies = {store.pk: store.currency for store in stores}
    found: dict[int, list[Prices]] = {store.pk: [] for store in stores}
    rows = Tariff.objects.filter(store__in=found).order_by("valid_from").prefetch_related("bands")
    for row in rows:
        if row.currency == currencies[row.store_id]:
            bands = tuple(Band(band.weekdays, band.starts, band.ends, band.price) for band in row.bands.all())
            found[row.store_id].append(Prices(row.valid_from, row.price, bands))
    return found


def _check(bands: Sequence[Band]) -> None:
    if len(bands) > MAX_BANDS:
        raise Refused(Code.INVALID, f"At most {MAX_BANDS} bands.", "bands")
    for place, band in enumerate(bands):
        number(band.price, *PRICE, "bands", str(place), "price")
        if not band.weekdays:
            raise Refused(Code.INVALID, "A band has one weekday at least.", "bands", str(place), "weekdays")
        if any(clock.second or clock.microsecond or clock.tzinfo for clock in (band.starts, band.ends)):
            message = "Write a time in whole minutes by the store's clock, such as 22:00."
            raise Refused(Code.INVALID, message, "bands", str(place))
    place_at_fault = overlapping(bands)
    if place_at_fault is not None:
        message = "Two bands hold at one time: each moment has one price."
        raise Refused(Code.INVALID, message, "bands", str(place_at_fault))


def _picture(tariff: Tariff) -> dict[str, Any]:
    bands = tariff.bands.order_by("pk").values_list("weekdays", "starts", "ends", "price")
    return {
        "name": tariff.name,
        "valid_from": tariff.valid_from.isoformat(),
        "price": str(tariff.price),
        "currency": tariff.currency,
        "bands": [
            [days, f"{starts:%H:%M}", f"{ends:%H:%M}", str(price)] for days, starts, ends, price in bands
        ],
    }
