"""Energy: what runs at night unexplained, devices that use more than they did, and dear hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from insights.suggestions.found import (
    CENT,
    DAYS_A_MONTH,
    LEAST,
    LINKS,
    Found,
    Kind,
    a_month,
    amount,
    links_of,
    number,
    percent,
    price,
    sure,
)

BLOCK = 28  # days of a block of readings
BLOCKS = 3  # that a device is compared over: the last one, and two before
PERIODS = ("in the last 28 days", "in the 28 before", "in the 28 before those")
LEAST_DAYS = 20  # of readings in a block
LEAST_RISE = Decimal("0.15")
NIGHT_HOURS = 4  # of the base load, 1 to 5 o'clock
LEAST_EXCESS_KW, LEAST_EXCESS = Decimal("0.05"), Decimal("0.25")
CHEAP = Decimal("0.90")  # of the dear price, at most
PEAKED = Decimal("1.5")  # times the power of the cheap hours: what runs evenly cannot be moved
MOVED = Decimal("0.25")  # of the energy of the dear hours, that may be moved


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device with a meter: kWh of the last blocks, the newest first, None where too little was read.

    `by_price` is of the last block: kWh by price. `usual_kw` is what its rated power and hours a day come to
    when they are spread evenly; None where one is unknown.
    """

    key: int
    name: str
    blocks: Sequence[Decimal | None]
    usual_kw: Decimal | None = None
    by_price: Mapping[Decimal, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a store has used in the last block, with its devices that were read."""

    devices: Sequence[Device]
    night_kw: Decimal | None  # of the median night
    nights: int
    mean_price: Decimal | None  # of a kWh, over the block
    night_price: Decimal | None  # the same of the hours of the base load
    hours: Mapping[Decimal, Decimal]  # that each of today's prices has held


def base_load(load: Load, *, currency: str) -> list[Found]:
    """Find power at night above what the devices explain, by a quarter and 50 W at least.

    Needs 20 nights, a tariff, and rated power and hours a day of every device with a meter.
    """
    known = [device for device in load.devices if device.usual_kw is not None]
    if load.night_kw is None or load.nights < LEAST_DAYS or not known or len(known) < len(load.devices):
        return []
    usual = sum((device.usual_kw for device in known if device.usual_kw), Decimal(0))
    excess = load.night_kw - usual
    if excess < LEAST_EXCESS_KW or excess < usual * LEAST_EXCESS:
        return []
    saving = _priced(excess * NIGHT_HOURS * DAYS_A_MONTH, load.night_price)
    if saving is None or saving < LEAST:
        return []
    return [
        Found(
            kind=Kind.NIGHT_BASE_LOAD,
            about="",
            template="In the median night {night} kW are drawn from {start} to {end} o'clock, of which the "
            "power and hours of the devices explain {usual} kW. The rest costs {saving} a month in"
            " these hours alone: look for what runs for nothing.",
            figures={
                "night": number(load.night_kw, 2),
                "start": "1",
                "end": "5",
                "usual": number(usual, 2),
                "saving": amount(saving, currency),
            },
            saving=saving,
            confidence=sure(load.nights, half=20, of=Decimal("0.8")),
            links=tuple(
                link
                for one in sorted(known, key=lambda one: (-(one.usual_kw or 0), one.key))[:LINKS]
                for link in links_of(
                    "DEVICE", one.key, one.name, ("explained", one.usual_kw or Decimal(0), "kW")
                )
            ),
        )
    ]


def rising_devices(load: Load, *, currency: str) -> list[Found]:
    """Find devices that used more in 28 days than in either block of 28 days before, by 15 % at least.

    Needs 20 days of readings in each of the three blocks.
    """
    found = []
    for device in load.devices:
        blocks = [kwh for kwh in device.blocks[:BLOCKS] if kwh is not None]
        if len(blocks) < BLOCKS:
            continue
        now, before = blocks[0], max(blocks[1:])
        saving = _priced((now - before) * DAYS_A_MONTH / BLOCK, load.mean_price)
        if before > 0 and now >= before * (1 + LEAST_RISE) and saving is not None and saving >= LEAST:
            found.append(_rising(device, now, before, saving, currency))
    return found


def _rising(device: Device, now: Decimal, before: Decimal, saving: Decimal, currency: str) -> Found:
    return Found(
        kind=Kind.DEVICE_USES_MORE,
        about=f"{device.key}",
        template="{device} has used {now} kWh in {days} days, {share} more than in either of the {blocks} "
        "such times before. That is {saving} a month: have a look at seals, filters and settings.",
        figures={
            "device": device.name,
            "now": number(now),
            "days": str(BLOCK),
            "share": percent(now / before - 1),
            "blocks": str(BLOCKS - 1),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=Decimal("0.60"),  # neither weather nor work is seen
        links=links_of(
            "DEVICE",
            device.key,
            device.name,
            *((label, kwh or Decimal(0), "kWh") for label, kwh in zip(PERIODS, device.blocks, strict=False)),
        ),
    )


def shifted_loads(load: Load, *, currency: str) -> list[Found]:
    """Find devices that run in the dear hours of a tariff, and what moving a quarter of that would save.

    Needs two prices a tenth apart, 20 days of readings, and half as much power again in the dear hours as
    in the cheap ones: what runs evenly cannot be moved.
    """
    if len(load.hours) < 2:
        return []
    dear, cheap = max(load.hours), min(load.hours)
    if cheap > dear * CHEAP or not load.hours[dear] or not load.hours[cheap]:
        return []
    found = []
    for device in load.devices:
        used, less = (device.by_price.get(each, Decimal(0)) for each in (dear, cheap))
        if not device.blocks or device.blocks[0] is None:
            continue
        if used / load.hours[dear] < PEAKED * less / load.hours[cheap]:
            continue
        saving = a_month(used * MOVED * (dear - cheap), days=BLOCK)
        if saving >= LEAST:
            found.append(_shifted(device, dear, cheap, used, saving, currency))
    return found


def _shifted(
    device: Device, dear: Decimal, cheap: Decimal, used: Decimal, saving: Decimal, currency: str
) -> Found:
    return Found(
        kind=Kind.SHIFT_LOAD,
        about=f"{device.key}",
        template="{device} has used {used} kWh in {days} days while a kWh costs {dear}; in other hours it "
        "costs {cheap}. With {part} of that moved there, {saving} a month would be saved.",
        figures={
            "device": device.name,
            "used": number(used),
            "days": str(BLOCK),
            "dear": price(dear, currency),
            "cheap": price(cheap, currency),
            "part": percent(MOVED),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=Decimal("0.40"),  # whether its work can wait is not seen
        links=links_of(
            "DEVICE",
            device.key,
            device.name,
            ("in dear hours", used, "kWh"),
            ("in cheap hours", device.by_price.get(cheap, Decimal(0)), "kWh"),
        ),
    )


def _priced(kwh: Decimal, each: Decimal | None) -> Decimal | None:
    return None if each is None else (kwh * each).quantize(CENT, ROUND_HALF_UP)
