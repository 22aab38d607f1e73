"""Files of readings over HTTP: let in or refused, read by a worker, followed by whoever sent them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core import jobs
from core.models import Job
from core.roles import Role
from energy.meter_files.tables import MAX_BYTES
from energy.models import Device, Reading, ReadingImport
from schema import ids
from tests import sheets
from tests.conftest import Person, person
from tests.ledger import stored
from tests.schema.world import carry_out

pytestmark = pytest.mark.django_db

FIELDS = """id filename status progress rowsTotal rowsDone imported duplicates differing skipped kwh error dryRun
  rowErrors { row message } device { name }
  format { dateColumn valueColumn unit unitAssumed decimalMark dayFirst interval deviceColumn }"""
FOLLOW = f"query ($id: ID!) {{ node(id: $id) {{ ... on ReadingImport {{ {FIELDS} }} }} }}"
DAYS = sheets.csv("Tag;Verbrauch (Wh)", "31.01.2026;1500,5", "01.02.2026;viel", "02.02.2026;2000")


def sent(who: Person, content: bytes, name: str = "meter.csv", **more: Any) -> Any:
    input = {"store": who.store_id, "file": SimpleUploadedFile(name, content), **more}
    return carry_out(who, "importReadings", input, asked=f"readingImport {{ {FIELDS} }}").data[
        "importReadings"
    ]


@pytest.fixture
def follow(ask: Any) -> Callable[..., Any]:
    """Let the worker do what waits, and look at an import afterwards."""

    def look(who: Person, id: str) -> Any:
        while jobs.run_next():
            pass
        return ask(who, FOLLOW, id=id).data["node"]

    return look


def test_a_file_waits_for_the_worker_which_enters_it_once(owner: Person, follow: Any) -> None:
    answer = sent(owner, DAYS, idempotencyKey="k")
    waiting = answer["readingImport"]
    assert answer["userErrors"] == []
    assert (waiting["status"], waiting["progress"], waiting["format"]) == ("QUEUED", 0.0, None)
    assert (Reading.objects.count(), len(stored())) == (0, 1)
    again = sent(owner, DAYS, idempotencyKey="k")
    assert (again["replayed"], again["readingImport"]["id"]) == (True, waiting["id"])
    assert (ReadingImport.objects.count(), Job.objects.count()) == (1, 1)

    done = follow(owner, waiting["id"])
    assert (done["status"], done["progress"], done["error"]) == ("COMPLETED", 1.0, "")
    assert (done["imported"], done["skipped"], done["duplicates"], done["kwh"]) == (2, 1, 0, "3.500500")
    assert done["rowErrors"] == [{"row": 3, "message": "The value is no number."}]
    assert done["format"] == {
        "dateColumn": "Tag", "valueColumn": "Verbrauch (Wh)", "unit": "Wh", "unitAssumed": False,
        "decimalMark": ",", "dayFirst": True, "interval": "day", "deviceColumn": None,
    }  # fmt: skip
    reading = Reading.objects.order_by("start")[0]
    assert (reading.entered_by, reading.source) == (owner.user, "meter.csv")

    more = follow(owner, sent(owner, DAYS)["readingImport"]["id"])
    assert (more["imported"], more["duplicates"], Reading.objects.count()) == (0, 2, 2)


def test_what_the_sender_says_of_a_file_holds(owner: Person, follow: Any) -> None:
    device = Device.objects.create(store=owner.store, name="Oven", in_use_from=date(2026, 1, 1))
    content = sheets.csv("id,when,p,q", *(f"{n},2026-01-0{n},{n},9" for n in (1, 2, 3)))
    said = {
        "device": ids.encode("Device", device.pk),
        "unit": "KWMIN",
        "dateColumn": "when",
        "valueColumn": "p",
    }
    dry = follow(owner, sent(owner, content, dryRun=True, **said)["readingImport"]["id"])
    assert (dry["dryRun"], dry["imported"], dry["kwh"]) == (True, 3, "0.100000")
    assert not Reading.objects.exists()
    done = follow(owner, sent(owner, content, **said)["readingImport"]["id"])
    assert (done["imported"], done["device"]) == (3, {"name": "Oven"})
    assert set(Reading.objects.values_list("device", flat=True)) == {device.pk}


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "more than 25 MB": (lambda: DAYS + bytes(MAX_BYTES), "FILE_TOO_LARGE"),
    "nothing": (lambda: b"", "FILE_TYPE"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "FILE_TYPE"),
    "an old workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "FILE_TYPE"),
    "a bomb": (sheets.bomb, "FILE_UNREADABLE"),
    "a million rows in 64 KB": (sheets.a_million_rows, "FILE_UNREADABLE"),
    "macros": (sheets.macros, "FILE_UNREADABLE"),
    "half a workbook": (lambda: sheets.workbook(("Date", "kWh"))[:-200], "FILE_UNREADABLE"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_file_that_cannot_be_read_is_refused_at_the_door(owner: Person, name: str) -> None:
    make, code = REFUSED[name]
    answer = sent(owner, make(), "meter.xlsx", idempotencyKey="k")
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"], answer["readingImport"]) == (code, ["file"], None)
    assert (ReadingImport.objects.count(), Job.objects.count(), stored()) == (0, 0, [])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (sheets.a_far_cell, "too much memory"),
        (sheets.with_formulas, "No column holds numbers"),
        (sheets.lying, "damaged"),
        (lambda: b"hello", "No row holds a date"),
    ],
)
def test_a_hostile_file_fails_with_a_reason_and_the_next_one_is_read(
    owner: Person, follow: Any, make: Callable[[], bytes], said: str
) -> None:
    answer = sent(owner, make(), "meter.xlsx")["readingImport"]
    after = sent(owner, DAYS)["readingImport"]
    failed = follow(owner, answer["id"])
    assert (failed["status"], failed["imported"], failed["progress"]) == ("FAILED", 0, 0.0)
    assert said in failed["error"]
    assert follow(owner, after["id"])["status"] == "COMPLETED"
    assert Reading.objects.count() == 2


def test_only_who_may_record_readings_sends_files_and_only_to_devices_of_the_store(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    foreign = Device.objects.create(store=stranger.store, name="Oven", in_use_from=date(2026, 1, 1))
    lamp = Device.objects.create(store=owner.store, name="Lamp", in_use_from=date(2026, 1, 1), metered=False)
    reader = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    refused = carry_out(
        reader, "importReadings", {"store": owner.store_id, "file": SimpleUploadedFile("a", DAYS)}
    )
    assert refused.codes == ["FORBIDDEN"]
    for who, more in (
        (stranger, {"store": owner.store_id}),
        (owner, {"device": ids.encode("Device", foreign.pk)}),
    ):
        assert [error["code"] for error in sent(who, DAYS, **more)["userErrors"]] == ["NOT_FOUND"]
    (error,) = sent(owner, DAYS, device=ids.encode("Device", lamp.pk))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["device"])
    assert (ReadingImport.objects.count(), Job.objects.count()) == (0, 0)

    made = sent(colleague, DAYS)["readingImport"]
    assert ask(reader, FOLLOW, id=made["id"]).data["node"]["status"] == "QUEUED"
    assert ask(stranger, FOLLOW, id=made["id"]).data["node"] is None


def test_the_imports_of_a_store_cost_as_many_statements_as_one(
    owner: Person, ask: Any, statements: Any
) -> None:
    document = f"""query ($id: ID!) {{ store(id: $id) {{ readingImports {{ totalCount nodes {{ {FIELDS}
      user {{ email }} store {{ name }} }} }} }} }}"""
    device = Device.objects.create(store=owner.store, name="Oven", in_use_from=date(2026, 1, 1))
    counts = []
    for many in (1, 5):
        for n in range(many):
            ReadingImport.objects.create(
                store=owner.store, user=owner.user, device=device, filename=f"{n}.csv"
            )
        with statements() as count:
            found = ask(owner, document, id=owner.store_id).data["store"]["readingImports"]
        counts.append(len(count))
    assert (found["totalCount"], counts[0]) == (6, counts[1])


def test_the_example_can_be_taken_along_and_sent(owner: Person, follow: Any) -> None:
    answer = Client().get("/files/examples/readings.xlsx")
    assert answer.status_code == 200
    done = follow(owner, sent(owner, answer.content, "readings.xlsx")["readingImport"]["id"])
    assert (done["imported"], done["skipped"], done["format"]["deviceColumn"]) == (48, 0, "Device")
    assert Device.objects.of(owner.store).count() == 2


def test_a_file_that_is_lost_before_it_is_read_is_said(owner: Person, follow: Any) -> None:
    made = sent(owner, DAYS)["readingImport"]
    (Path(settings.MEDIA_ROOT) / stored()[0]).unlink()
    failed = follow(owner, made["id"])
    assert (failed["status"], failed["error"]) == ("FAILED", "The stored file is gone: send it again.")


def test_files_go_when_they_are_read_and_stay_while_they_wait(owner: Person, follow: Any) -> None:
    first = sent(owner, DAYS)["readingImport"]
    (name,) = stored()
    os.utime(Path(settings.MEDIA_ROOT) / name, (1, 1))
    follow(owner, first["id"])
    assert stored() == []
