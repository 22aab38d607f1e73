"""Devices, readings and tariffs through the door: entered once, corrected without loss."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from core.models import AuditEntry
from energy.models import Device, DeviceCategory, Reading, Tariff
from schema import ids
from tests.conftest import Person
from tests.schema.world import carry_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def fridge(owner: Person) -> Device:
    return Device.objects.create(store=owner.store, name="Fridge", in_use_from="2026-01-01")


def id_of(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def reading(start: str, end: str, kwh: str, **more: str) -> dict[str, str]:
    return {"start": f"2026-01-{start}:00Z", "end": f"2026-01-{end}:00Z", "kwh": kwh, **more}


def sent(who: Person, name: str, input: dict[str, Any], asked: str = "") -> Any:
    return carry_out(who, name, input, asked=asked).data[name]


def errors(who: Person, name: str, input: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["code"], ".".join(error["field"])) for error in sent(who, name, input)["userErrors"]]


# --- Devices


def test_a_device_is_added_once_for_its_key_and_changed(owner: Person) -> None:
    input = {
        "store": owner.store_id, "name": " Bread  oven ", "ratedPowerW": "3500", "avgUsageHours": "4.5",
        "metered": False, "inUseFrom": "2026-01-01", "idempotencyKey": "k",
    }  # fmt: skip
    asked = "device { id name status metered ratedPowerW inUseFrom inUseUntil category { name } }"
    first = sent(owner, "createDevice", input, asked)
    assert first["device"] | {"id": ""} == {
        "id": "", "name": "Bread oven", "status": "ACTIVE", "metered": False, "ratedPowerW": "3500.000",
        "inUseFrom": "2026-01-01", "inUseUntil": None, "category": None,
    }  # fmt: skip
    again = sent(owner, "createDevice", input, asked)
    assert (again["device"], again["replayed"]) == (first["device"], True)
    assert Device.objects.count() == 1

    kind = sent(owner, "createDeviceCategory", {"store": owner.store_id, "name": "Ovens"}, "category { id }")
    changes = {"device": first["device"]["id"], "category": kind["category"]["id"], "status": "INACTIVE"}
    changed = sent(owner, "updateDevice", changes, asked)["device"]
    assert (changed["category"], changed["status"]) == ({"name": "Ovens"}, "INACTIVE")
    assert changed["inUseUntil"] == str(timezone.now().date())
    back = sent(owner, "updateDevice", {"device": first["device"]["id"], "status": "ACTIVE"}, asked)["device"]
    assert back["inUseUntil"] is None
    gone = sent(owner, "retireDevice", {"device": first["device"]["id"], "on": "2026-02-01"}, asked)["device"]
    assert (gone["status"], gone["inUseUntil"]) == ("REMOVED", "2026-02-01")
    assert (
        list(AuditEntry.objects.filter(node_type="Device").values_list("action", flat=True)).count(
            "device.update"
        )
        == 3
    )


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "  "}, ("REQUIRED", "name")),
        ({"name": "fridge"}, ("TAKEN", "name")),
        ({"name": "x" * 101}, ("INVALID", "name")),
        ({"ratedPowerW": "-1"}, ("INVALID", "ratedPowerW")),
        ({"avgUsageHours": "24.001"}, ("INVALID", "avgUsageHours")),
        ({"location": "a\u0000b"}, ("INVALID", "location")),
    ],
)
def test_a_device_that_cannot_be_is_refused_and_nothing_is_kept(
    owner: Person, fridge: Device, wrong: dict[str, str], error: tuple[str, str]
) -> None:
    input = {"store": owner.store_id, "name": "Oven", **wrong}
    assert errors(owner, "createDevice", input) == [error]
    assert Device.objects.get() == fridge
    other = Device.objects.create(store=owner.store, name="Oven", in_use_from="2026-01-01")
    assert errors(owner, "updateDevice", {"device": id_of(other), **wrong}) == [error]
    assert errors(owner, "retireDevice", {"device": id_of(other), "on": "2025-12-31"}) == [
        ("INVALID", "inUseUntil")
    ]
    other.refresh_from_db()
    assert (other.name, other.rated_power_w, other.status) == ("Oven", None, "ACTIVE")


def test_a_category_that_is_removed_leaves_its_devices(owner: Person, fridge: Device) -> None:
    kind = DeviceCategory.objects.create(store=owner.store, name="Cooling")
    Device.objects.filter(pk=fridge.pk).update(category=kind)
    assert errors(owner, "createDeviceCategory", {"store": owner.store_id, "name": "COOLING"}) == [
        ("TAKEN", "name")
    ]
    renamed = sent(
        owner, "renameDeviceCategory", {"category": id_of(kind), "name": "Cold"}, "category { name }"
    )
    assert renamed["category"] == {"name": "Cold"}
    assert sent(owner, "removeDeviceCategory", {"category": id_of(kind)}, "removed")["removed"] is True
    fridge.refresh_from_db()
    assert fridge.category is None


# --- Readings


def test_what_a_meter_sends_twice_counts_once(owner: Person, colleague: Person, fridge: Device) -> None:
    rows = [reading("01T00:00", "01T01:00", "1.5"), reading("01T01:00", "01T02:00", "0.25")]
    asked = "imported duplicates differing"
    input = {"device": id_of(fridge), "readings": rows, "idempotencyKey": "k"}
    told = {"imported": 2, "duplicates": 0, "differing": 0}
    for replayed in (False, True):
        answer = sent(colleague, "recordReadings", input, asked)
        assert {name: answer[name] for name in told} == told
        assert answer["replayed"] is replayed
    more = [rows[0], {**rows[1], "kwh": "0.3"}, reading("01T02:00", "01T03:00", "1")]
    answer = sent(colleague, "recordReadings", {"device": id_of(fridge), "readings": more}, asked)
    assert {name: answer[name] for name in told} == {"imported": 1, "duplicates": 2, "differing": 1}
    assert sorted(map(str, Reading.objects.values_list("kwh", flat=True))) == [
        "0.250000", "1.000000", "1.500000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (reading("02T01:00", "02T01:00", "1"), ("INVALID", "readings.1.end")),
        (reading("02T02:00", "02T01:00", "1"), ("INVALID", "readings.1.end")),
        (reading("02T00:00", "02T01:00", "-1"), ("INVALID", "readings.1.kwh")),
        (reading("02T00:00", "02T01:00", "0.0000001"), ("INVALID", "readings.1.kwh")),
        (reading("02T00:00", "02T01:00", "1", notes="x" * 501), ("INVALID", "readings.1.notes")),
        (reading("02T00:00", "02T01:00", "1", quality="CORRECTED"), ("INVALID", "readings.1.quality")),
        (reading("01T00:30", "01T02:00", "1"), ("CONFLICT", "readings.1.start")),
        ({"start": "2026-01-01T00:00:00", "end": "2026-01-01T01:00:00", "kwh": "1"}, ("INVALID", "readings.1")),
        ({"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:00:00Z", "kwh": "1"}, ("INVALID", "readings.1")),
        (
            {"start": "9000-01-01T00:00:00Z", "end": "9000-01-01T01:00:00Z", "kwh": "1"},
            ("INVALID", "readings.1.end"),
        ),
    ],
)  # fmt: skip
def test_a_batch_with_one_wrong_reading_enters_none(
    owner: Person, fridge: Device, wrong: dict[str, str], error: tuple[str, str]
) -> None:
    rows = [reading("01T00:00", "01T01:00", "1"), wrong]
    assert errors(owner, "recordReadings", {"device": id_of(fridge), "readings": rows}) == [error]
    assert not Reading.objects.exists()


def test_a_device_without_a_meter_has_no_readings(owner: Person, fridge: Device) -> None:
    Device.objects.filter(pk=fridge.pk).update(metered=False)
    rows = [reading("01T00:00", "01T01:00", "1")]
    assert errors(owner, "recordReadings", {"device": id_of(fridge), "readings": rows}) == [
        ("INVALID", "device")
    ]


def test_readings_from_before_a_device_was_entered_move_its_first_day_back(
    owner: Person, fridge: Device
) -> None:
    Device.objects.filter(pk=fridge.pk).update(in_use_from="2026-03-01")
    rows = [reading("05T00:00", "05T01:00", "1")]
    sent(owner, "recordReadings", {"device": id_of(fridge), "readings": rows})
    fridge.refresh_from_db()
    assert str(fridge.in_use_from) == "2026-01-05"


def test_a_correction_counts_and_keeps_the_original(owner: Person, fridge: Device, ask: Any) -> None:
    rows = [reading("01T00:00", "01T01:00", "15")]
    sent(owner, "recordReadings", {"device": id_of(fridge), "readings": rows})
    original = Reading.objects.get()
    input = {"reading": id_of(original), "kwh": "1.5", "notes": "slipped comma", "idempotencyKey": "k"}
    asked = "reading { kwh quality current start replaces { kwh current quality } }"
    for replayed in (False, True):
        answer = sent(owner, "correctReading", input, asked)
        assert answer["replayed"] is replayed
        assert answer["reading"] == {
            "kwh": "1.500000", "quality": "CORRECTED", "current": True, "start": "2026-01-01T00:00:00+00:00",
            "replaces": {"kwh": "15.000000", "current": False, "quality": "MEASURED"},
        }  # fmt: skip
    assert errors(owner, "correctReading", {"reading": id_of(original), "kwh": "2"}) == [
        ("CONFLICT", "reading")
    ]
    again = sent(owner, "recordReadings", {"device": id_of(fridge), "readings": rows}, "imported duplicates")
    assert (again["imported"], again["duplicates"]) == (0, 1)
    document = "query ($id: ID!, $f: ReadingFilter) { node(id: $id) { ... on Device { readings(filter: $f) { totalCount nodes { kwh } } } } }"
    for chosen, kwh in (({"current": True}, ["1.500000"]), ({"current": False}, ["15.000000"])):
        listed = ask(owner, document, id=id_of(fridge), f=chosen).data["node"]["readings"]
        assert [row["kwh"] for row in listed["nodes"]] == kwh


def test_who_may_record_need_not_be_one_who_may_correct(
    owner: Person, colleague: Person, stranger: Person, fridge: Device
) -> None:
    row = Reading.objects.create(
        store=owner.store, device=fridge, start="2026-01-01T00:00Z", end="2026-01-01T01:00Z", kwh=1
    )
    assert carry_out(colleague, "correctReading", {"reading": id_of(row), "kwh": "2"}).codes == ["FORBIDDEN"]
    assert errors(stranger, "correctReading", {"reading": id_of(row), "kwh": "2"}) == [
        ("NOT_FOUND", "reading")
    ]
    assert Reading.objects.get().kwh == 1


# --- Tariffs


def test_a_tariff_is_set_replaced_and_removed(owner: Person, ask: Any) -> None:
    bands = [
        {"starts": "22:00:00", "ends": "06:00:00", "price": "0.2"},
        {"starts": "17:00:00", "ends": "20:00:00", "price": "0.45", "weekdays": ["MONDAY", "FRIDAY"]},
    ]
    input = {"store": owner.store_id, "validFrom": "2026-01-01", "price": "0.31", "bands": bands}
    asked = "tariff { id price currency bands { weekdays starts ends price } }"
    made = sent(owner, "setTariff", {**input, "idempotencyKey": "k"}, asked)["tariff"]
    assert (made["price"], made["currency"]) == ("0.310000", "EUR")
    assert [(len(band["weekdays"]), band["starts"], band["price"]) for band in made["bands"]] == [
        (2, "17:00:00", "0.450000"),
        (7, "22:00:00", "0.200000"),
    ]
    assert sent(owner, "setTariff", {**input, "idempotencyKey": "k"}, asked)["replayed"] is True
    flat = sent(owner, "setTariff", {**input, "price": "0.3", "bands": []}, asked)["tariff"]
    assert (flat["id"], flat["price"], flat["bands"]) == (made["id"], "0.300000", [])
    assert sent(owner, "removeTariff", {"tariff": made["id"]}, "removed")["removed"] is True
    assert not Tariff.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"price": "-0.1"}, ("INVALID", "price")),
        ({"price": "0.0000001"}, ("INVALID", "price")),
        ({"bands": [{"starts": "08:00:30", "ends": "09:00:00", "price": "1"}]}, ("INVALID", "bands.0")),
        ({"bands": [{"starts": "08:00:00", "ends": "09:00:00", "price": "-1"}]}, ("INVALID", "bands.0.price")),
        (
            {"bands": [{"starts": "08:00:00", "ends": "09:00:00", "price": "1", "weekdays": []}]},
            ("INVALID", "bands.0.weekdays"),
        ),
        (
            {
                "bands": [
                    {"starts": "22:00:00", "ends": "06:00:00", "price": "1", "weekdays": ["SUNDAY"]},
                    {"starts": "05:00:00", "ends": "07:00:00", "price": "1", "weekdays": ["MONDAY"]},
                ]
            },
            ("INVALID", "bands.1"),
        ),
    ],
)  # fmt: skip
def test_a_tariff_that_cannot_be_is_refused_and_the_one_there_stays(
    owner: Person, wrong: dict[str, Any], error: tuple[str, str]
) -> None:
    input = {"store": owner.store_id, "validFrom": "2026-01-01", "price": "0.31"}
    sent(owner, "setTariff", input)
    assert errors(owner, "setTariff", {**input, **wrong}) == [error]
    assert str(Tariff.objects.get().price) == "0.310000"


def test_lists_of_ten_stores_cost_as_many_statements_as_of_one(
    owner: Person, ask: Any, statements: Any
) -> None:
    document = """{ me { stores {
        devices { nodes { name category { name } readings { nodes { kwh replaces { kwh } } } } }
        deviceCategories { nodes { name devices { nodes { name } } } }
        tariffs { nodes { price bands { price } } }
    } } }"""

    def furnish(name: str) -> None:
        from tests.conftest import person

        other = person(f"{name}@example.com").store
        other.memberships.create(user=owner.user, role="OWNER")
        kind = DeviceCategory.objects.create(store=other, name="Cooling")
        for number in range(2):
            device = Device.objects.create(
                store=other, name=f"Fridge {number}", category=kind, in_use_from="2026-01-01"
            )
            times = {"start": "2026-01-01T00:00Z", "end": "2026-01-01T01:00Z"}
            Reading.objects.create(store=other, device=device, kwh=1, **times)
        tariff = Tariff.objects.create(store=other, valid_from="2026-01-01", price=1, currency="EUR")
        tariff.bands.create(starts="10:00", ends="11:00", price=2)

    furnish("first")
    with statements() as few:
        ask(owner, document).data  # noqa: B018
    for number in range(9):
        furnish(f"more{number}")
    with statements() as many:
        stores = ask(owner, document).data["me"]["stores"]
    assert len(stores) == 11
    assert len(many) == len(few)
