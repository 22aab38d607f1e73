"""What the server says of its own state, and to whom."""

from datetime import timedelta

import pytest
from django.conf import settings as configured
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.utils import timezone

from receipts.backlog import backlog, extractions
from receipts.models import Upload
from schema import health

NOW = timezone.now()
QUESTION = "{ health { ok version database warning queueLength queueAge checks { name ok message } } }"


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    health._state.cache_clear()


def uploaded(owner, number: int = 1, **fields) -> Upload:
    named = {
        "file": f"f{number}",
        "filename": "f.jpg",
        "content_type": "image/jpeg",
        "size": 1,
        "sha256": str(number),
    }
    return Upload.objects.create(store=owner.store, **{"not_before": NOW, **named, **fields})


def checks(response) -> dict[str, bool]:
    return {check["name"]: check["ok"] for check in response.json()["checks"]}


def test_a_live_process_says_so_without_asking_anything(client):
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"ok": True})


def test_a_server_in_order_is_ready(client, db):
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert checks(response) == dict.fromkeys(("database", "migrations", "queue", "storage"), True)
    assert response.json()["database"] == connection.vendor
    assert response.headers["Cache-Control"] == "no-store"


def test_a_queue_that_nobody_works_on_is_not_ready(client, owner):
    late = timezone.now() - configured.QUEUE_AGE_LIMIT - timedelta(minutes=1)
    uploaded(owner, not_before=late)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert checks(response)["queue"] is False
    assert response.json()["queue_length"] == 1
    assert response.json()["queue_age"] >= configured.QUEUE_AGE_LIMIT.total_seconds()


def test_the_age_of_the_queue_can_be_left_out_of_readiness(client, owner, settings):
    settings.QUEUE_AGE_LIMIT = timedelta(0)
    uploaded(owner, not_before=timezone.now() - timedelta(days=9))
    assert client.get("/health/ready").status_code == 200


def test_a_storage_that_takes_no_files_is_not_ready(client, db, settings, tmp_path):
    (tmp_path / "in the way").write_text("no folder")
    settings.MEDIA_ROOT = tmp_path / "in the way"
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert checks(response)["storage"] is False
    assert str(tmp_path) not in response.content.decode()


def test_the_check_of_the_storage_leaves_nothing_behind(client, db):
    client.get("/health/ready")
    assert default_storage.listdir("health") == ([], [])


def test_a_missing_migration_is_not_ready(client, db):
    MigrationRecorder(connection).migration_qs.filter(app="receipts").delete()
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert checks(response)["migrations"] is False


def test_without_its_database_a_server_is_not_ready_and_keeps_the_reason_for_its_log(client, db, caplog):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("password authentication failed for user secretive")

    with connection.execute_wrapper(refuse):
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert checks(response) == {"database": False, "storage": True}
    assert "secretive" not in response.content.decode()
    assert "secretive" in caplog.text


def test_everybody_may_ask_for_health_in_graphql(ask, db):
    found = ask(None, QUESTION).data["health"]
    assert (found["ok"], found["warning"], found["database"]) == (True, "", connection.vendor)
    assert [check["name"] for check in found["checks"]] == ["database", "migrations", "queue", "storage"]


def test_health_tells_that_another_database_is_in_use_but_not_where(ask, db, settings):
    settings.DATABASE_WARNING = "PostgreSQL at db.internal:5432 cannot be reached: USING SQLITE INSTEAD."
    warning = ask(None, QUESTION).data["health"]["warning"]
    assert "SQLite is in use" in warning
    assert "db.internal" not in warning


def test_however_often_it_is_asked_the_state_is_found_out_once(client, db, statements, monkeypatch):
    monkeypatch.setattr(health.time, "monotonic", lambda: 1000.0)
    client.get("/health/ready")
    with statements() as count:
        for _ in range(5):
            client.get("/health/ready")
    assert len(count) == 0


# --- The queue


def test_an_empty_queue_has_no_age(db):
    assert (backlog(now=NOW).waiting, backlog(now=NOW).oldest_seconds) == (0, 0.0)


def test_an_upload_that_waits_for_its_back_off_is_not_due(owner):
    uploaded(owner, not_before=NOW + timedelta(seconds=5))
    assert backlog(now=NOW).waiting == 0


def test_the_age_of_the_queue_is_that_of_its_oldest_upload(owner):
    uploaded(owner, 1, not_before=NOW - timedelta(seconds=30))
    uploaded(owner, 2, not_before=NOW - timedelta(seconds=90))
    found = backlog(now=NOW)
    assert (found.waiting, found.processing, found.oldest_seconds) == (2, 0, 90.0)


def test_an_upload_whose_worker_died_waits_since_its_lease_ended(owner):
    uploaded(owner, 1, status="PROCESSING", lease_expires_at=NOW - timedelta(seconds=40))
    uploaded(owner, 2, status="PROCESSING", lease_expires_at=NOW + timedelta(seconds=40))
    found = backlog(now=NOW)
    assert (found.waiting, found.processing, found.oldest_seconds) == (1, 1, 40.0)


def test_extractions_are_counted_by_how_they_ended(owner):
    assert extractions() == {"COMPLETED": 0, "FAILED": 0}
    uploaded(owner, 1, status="COMPLETED")
    uploaded(owner, 2, status="COMPLETED")
    uploaded(owner, 3, status="FAILED")
    uploaded(owner, 4)
    assert extractions() == {"COMPLETED": 2, "FAILED": 1}
