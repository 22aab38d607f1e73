"""`Store.energy`: what was used, what it cost, and what will be used."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

import strawberry
from django.utils import timezone as clock

from core import models
from core.ranges import MAX_DAYS, Days
from core.roles import Permission
from core.tenancy import stores_of
from energy import figures, usage
from energy.figures import Window
from energy.sums import MAX_HOURLY_DAYS
from insights import orders
from schema.context import Info, asks_for, level
from schema.energy.figures import (
    DeviceCategoryConsumption,
    DeviceConsumption,
    EnergyComparison,
    EnergyCost,
    EnergyCoverage,
    EnergyDay,
    EnergyEstimate,
    EnergyHour,
    EnergyPeak,
    EnergyPeriod,
    EnergyPerOrder,
    EnergyPrediction,
    NightBaseLoad,
    RatedConsumption,
)
from schema.errors import BadInput, Forbidden
from schema.ranges import DateRange, range_or_preference

YEARS = (1971, 9000)  # of days that can be counted with, their year before too
BY_DEVICE = {"deviceBreakdown", "categoryBreakdown"}


@strawberry.type(
    description="What a store has used in a range of days by its meters. Days are those of the store's zone; "
    "a reading that reaches over midnight or a change of price is parted in proportion to time."
)
class EnergyUsage:
    window: strawberry.Private[Window]

    @strawberry.field(description="The first day.")
    def start(self) -> datetime.date:
        return self.window.days.start

    @strawberry.field(description="The day after the last.")
    def end(self) -> datetime.date:
        return self.window.days.end

    @strawberry.field(description="IANA name of the zone that days are counted in: the store's.")
    def timezone(self) -> str:
        return self.window.store.timezone

    @strawberry.field(description="All that was measured, in kWh; corrections count, originals do not.")
    def total_consumption(self) -> Decimal:
        return self.window.usage.total.kwh

    @strawberry.field(description="The mean of the days that have readings, in kWh; null without any.")
    def avg_daily_consumption(self) -> Decimal | None:
        return self.window.usage.average()

    @strawberry.field(description="When most was used.")
    def peak_consumption(self) -> EnergyPeak:
        day, hour = self.window.usage.peak_day(), self.window.peak_hour()
        return EnergyPeak(
            date=day[0] if day else None,
            kwh=day[1] if day else None,
            hour_start=hour.start if hour else None,
            hour_kwh=hour.consumption if hour else None,
        )

    @strawberry.field(description="What all of it cost.")
    def cost(self) -> EnergyCost:
        return _cost(self.window.usage, self.window.store)

    @strawberry.field(description="Every day, first to last.")
    def daily_data(self) -> list[EnergyDay]:
        return [
            EnergyDay(date=part.start, consumption=part.consumption, cost=part.cost)
            for part in self.window.usage.by_day()
        ]

    @strawberry.field(description="Every week, as the store counts weeks; the first and the last may be cut.")
    def weekly_data(self) -> list[EnergyPeriod]:
        return [_period(part) for part in self.window.usage.by_week(self.window.store.week_start)]

    @strawberry.field(description="Every month; the first and the last may be cut.")
    def monthly_data(self) -> list[EnergyPeriod]:
        return [_period(part) for part in self.window.usage.by_month()]

    @strawberry.field(
        description=f"Hours with readings of an hour at most; the range has at most {MAX_HOURLY_DAYS} days."
    )
    def hourly_data(self) -> list[EnergyHour]:
        if (self.window.days.end - self.window.days.start).days > MAX_HOURLY_DAYS:
            raise BadInput(f"`hourlyData` is of at most {MAX_HOURLY_DAYS} days.")
        return [EnergyHour(start=hour.start, consumption=hour.consumption) for hour in self.window.hours()]

    @strawberry.field(
        description="The power that is drawn at night; null without readings of an hour at most."
    )
    def night_base_load(self) -> NightBaseLoad | None:
        night = self.window.usage.night_base_load()
        return NightBaseLoad(kw=night.kw, nights=night.nights) if night else None

    @strawberry.field(description="By device, the largest first.")
    def device_breakdown(self) -> list[DeviceConsumption]:
        return [
            DeviceConsumption(
                device_id=part.device.pk,
                name=part.device.name,
                consumption=part.consumption,
                share=part.share,
                cost=part.cost,
                in_window=(self.window, part.device),
                estimated=part.estimated,
            )
            for part in self._devices
        ]

    @strawberry.field(description="By category of devices, the largest first.")
    def category_breakdown(self) -> list[DeviceCategoryConsumption]:
        groups: dict[Any, list[figures.DevicePart]] = defaultdict(list)
        for part in self._devices:
            groups[part.device.category].append(part)
        total = self.window.usage.total.kwh
        made = [_category(category, parts, total) for category, parts in groups.items()]
        return sorted(made, key=lambda row: -row.consumption)

    @strawberry.field(description="What was not measured, apart from everything else.")
    def estimated(self) -> EnergyEstimate:
        rated = [(device, figures.rated(self.window, device)) for device in self.window.devices]
        known = [
            RatedConsumption(device_id=device.pk, name=device.name, consumption=kwh)
            for device, kwh in rated
            if kwh is not None
        ]
        return EnergyEstimate(
            from_readings=self.window.usage.estimated.kwh,
            from_rated_power=sum((row.consumption for row in known), Decimal(0)),
            devices=known,
        )

    @strawberry.field(description="What is missing.")
    def coverage(self) -> EnergyCoverage:
        found = self.window.coverage()
        return EnergyCoverage(
            share=found.share, missing_days=list(found.missing_days), missing_count=found.missing_count
        )

    @strawberry.field(description="Compared with as many days right before.")
    async def previous_period(self, info: Info) -> EnergyComparison:
        return await self._compared(info, figures.period_before)

    @strawberry.field(description="Compared with the same days of the year before.")
    async def year_before(self, info: Info) -> EnergyComparison:
        return await self._compared(info, figures.year_before)

    @strawberry.field(
        description="What next month will use, whatever the range; null where that cannot be tested."
    )
    async def predicted_next_month(self, info: Info) -> EnergyPrediction | None:
        found = await info.context.load(level(info), self.window, figures.predictions)
        if found is None:
            return None
        given = dict(vars(found))
        return EnergyPrediction(consumption=given.pop("kwh"), **given)

    @strawberry.field(description="Energy for an order; null where your role may not see orders.")
    async def kwh_per_order(self, info: Info) -> EnergyPerOrder | None:
        viewer = info.context.user
        count: int | None = await info.context.load(
            level(info), self.window, lambda windows: _orders(viewer, windows)
        )
        if count is None:
            return None
        kwh = usage.per(self.window.usage.total.kwh, count)
        return EnergyPerOrder(kwh=kwh, orders=count)

    @cached_property
    def _devices(self) -> list[figures.DevicePart]:
        return figures.by_device(self.window)

    async def _compared(self, info: Info, before: Callable[[Days], Days]) -> EnergyComparison:
        found: figures.Compared = await info.context.load(
            level(info), self.window, lambda windows: figures.compared(windows, before)
        )
        return EnergyComparison(
            start=found.days.start,
            end=found.days.end,
            consumption=found.usage.total.kwh,
            cost=_cost(found.usage, self.window.store),
            change=found.change,
            ratio=found.ratio,
        )


def energy_for(*needs: Permission) -> Any:
    """Make the resolver of a store's energy, for who holds all of some permissions there."""

    async def energy_of(
        root: Any,
        info: Info,
        range: Annotated[
            DateRange | None,
            strawberry.argument(
                description=f"The days, at most {MAX_DAYS}; without it, your profile's `defaultDateRange`."
            ),
        ] = None,
    ) -> EnergyUsage | None:
        viewer, store = info.context.user, getattr(root, "store", root)
        by_device = asks_for(info, BY_DEVICE)
        found: Window = await info.context.load(
            level(info), store, lambda stores: _windows(viewer, stores, range, needs, by_device)
        )
        return EnergyUsage(window=found)

    return energy_of


def _windows(
    viewer: models.User,
    stores: list[models.Store],
    given: DateRange | None,
    needs: Sequence[Permission],
    by_device: bool,
) -> list[Window | Exception]:
    """Read each store; one whose energy the viewer may not see gets its error."""
    now, chosen = clock.now(), range_or_preference(viewer, given)
    keys = set.intersection(*(_seen(viewer, permission, stores) for permission in needs))
    asked = [(store, _days(chosen, store, now)) for store in stores if store.pk in keys]
    found = {window.store.pk: window for window in figures.windows(asked, now=now, by_device=by_device)}
    return [found.get(store.pk) or Forbidden() for store in stores]


def _seen(viewer: models.User, permission: Permission, stores: Sequence[models.Store]) -> set[int]:
    """Keep the keys of the stores in which the viewer holds a permission."""
    ours = stores_of(viewer, permission).filter(store__in=[store.pk for store in stores])
    return {row["store_id"] for row in ours}


def _days(chosen: DateRange, store: models.Store, now: datetime.datetime) -> Days:
    days = chosen.days(store, now)
    first, last = YEARS
    if not first <= days.start.year <= days.end.year <= last:
        raise BadInput(f"Energy is counted from {first} to {last}.")
    return days


def _orders(viewer: models.User, windows: Sequence[Window]) -> list[int | None]:
    keys = _seen(viewer, Permission.ORDER_VIEW, [window.store for window in windows])
    counts = orders.count(
        {
            window.store.pk: (window.segments[0].start, window.segments[-1].end)
            for window in windows
            if window.segments
        }
    )
    return [counts.get(window.store.pk, 0) if window.store.pk in keys else None for window in windows]


def _cost(used: usage.Usage, store: models.Store) -> EnergyCost:
    cost = used.cost()
    return EnergyCost(amount=cost.amount, currency=store.currency, unpriced_kwh=cost.unpriced_kwh)


def _period(part: usage.Part) -> EnergyPeriod:
    return EnergyPeriod(start=part.start, end=part.end, consumption=part.consumption, cost=part.cost)


def _category(
    category: Any, parts: Sequence[figures.DevicePart], total: Decimal
) -> DeviceCategoryConsumption:
    consumption = sum((part.consumption for part in parts), Decimal(0))
    costs = [part.cost for part in parts if part.cost is not None]
    return DeviceCategoryConsumption(
        category_id=category.pk if category else None,
        name=category.name if category else "",
        consumption=consumption,
        share=usage.share(consumption, total),
        cost=sum(costs, Decimal(0)) if costs else None,
    )
