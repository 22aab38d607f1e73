"""The worker through faults: real processes, a real queue, real receipts."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.live import ROOT, Installation, kill, postgres_database, wait_for

SAMPLE = ROOT / "demo" / "samples" / "us_grocery.jpg"
LEASE_SECONDS = 2
pytestmark = pytest.mark.xdist_group("worker")  # one installation serves them all
owners = itertools.count()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation on the kind of database that this run of the suite is on."""
    folder, lease = tmp_path_factory.mktemp("house"), {"WORKER_LEASE_SECONDS": str(LEASE_SECONDS)}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        with Installation(folder, **lease) as made:
            yield made
        return
    name = f"tillsight_worker_{os.getpid()}"
    with (
        postgres_database(os.environ["DATABASE_URL"], name) as url,
        Installation(folder, url, **lease) as made,
    ):
        yield made


@pytest.fixture
def house(installation: Installation) -> Iterator[Installation]:
    """The installation, with a server, a new store and no worker."""
    if not installation.processes:
        installation.web()
    installation.register(f"owner{next(owners)}@example.com")
    yield installation
    installation.stop(keep=1)


def begun(house: Installation) -> bool:
    return house.uploads()[0]["status"] == "PROCESSING"


def completed(house: Installation) -> bool:
    return house.uploads()[0]["status"] == "COMPLETED"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_upload_survives_the_end_of_its_worker_and_gives_one_bill(
    house: Installation, number: signal.Signals
) -> None:
    house.upload(SAMPLE.read_bytes(), "receipt.jpg")
    worker = house.worker()
    wait_for(lambda: begun(house), 30)
    kill(worker, number)
    assert not completed(house)
    house.worker()
    wait_for(lambda: completed(house), LEASE_SECONDS + 45)
    (upload,) = house.uploads()
    assert upload["bills"]["totalCount"] == 1
    assert upload["bills"]["nodes"][0]["items"]["totalCount"] > 0
    # A told worker gives its upload back unread; a killed one has used up an attempt.
    assert upload["attempts"] == (2 if number == signal.SIGKILL else 1)


def test_a_file_that_cannot_be_read_fails_with_a_reason_and_the_next_one_is_read(house: Installation) -> None:
    house.upload(b"\xff\xd8\xff\xe0" + SAMPLE.read_bytes()[4:3000], "half.jpg")
    house.upload(SAMPLE.read_bytes(), "whole.jpg")
    house.worker()
    wait_for(lambda: {upload["status"] for upload in house.uploads()} == {"COMPLETED", "FAILED"}, 60)
    failed = next(upload for upload in house.uploads() if upload["status"] == "FAILED")
    assert failed["error"]
    assert failed["bills"]["totalCount"] == 0


def test_two_workers_share_a_queue_and_read_each_upload_once(house: Installation) -> None:
    samples = sorted(path for path in SAMPLE.parent.iterdir() if path.suffix != ".json")[:3]
    for path in samples:
        house.upload(path.read_bytes(), path.name)
    house.worker()
    house.worker()
    wait_for(lambda: all(upload["status"] == "COMPLETED" for upload in house.uploads()), 90)
    assert [upload["attempts"] for upload in house.uploads()] == [1] * len(samples)
    assert all(upload["bills"]["totalCount"] == 1 for upload in house.uploads())
