"""What a scraper reads at /metrics, and that clients cannot fill the memory with it."""

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from receipts.models import Upload
from schema import health, metrics


@pytest.fixture(autouse=True)
def _counting_starts_anew():
    metrics.requests.clear()
    metrics.latency.clear()
    metrics.known.clear()


@pytest.fixture
def scrape(client, db):
    """Read /metrics as a scraper does: {(name, labels…): value}."""

    def read() -> dict[tuple[str, ...], float]:
        response = client.get("/metrics")
        assert response.status_code == 200
        return {
            (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(response.content.decode())
            for sample in family.samples
        }

    return read


def test_requests_are_counted_by_operation_and_result(scrape):
    metrics.observe("Bills", metrics.Result.OK, 0.02)
    metrics.observe("Bills", metrics.Result.OK, 0.2)
    metrics.observe("Bills", metrics.Result.ERRORS, 0.02)
    metrics.observe(None, metrics.Result.OK, 0.02)
    found = scrape()
    assert found["tillsight_graphql_requests_total", "operation=Bills", "result=ok"] == 2
    assert found["tillsight_graphql_requests_total", "operation=Bills", "result=errors"] == 1
    assert found["tillsight_graphql_requests_total", "operation=unnamed", "result=ok"] == 1
    assert found["tillsight_graphql_request_seconds_count", "operation=Bills"] == 3
    assert found["tillsight_graphql_request_seconds_bucket", "le=0.025", "operation=Bills"] == 2


def test_a_request_over_http_is_counted_under_its_operations_name(ask, scrape):
    ask(None, "query Hello { __typename }")
    ask(None, "query Hello { me { id } }")
    ask(None, "query Hello { nothing }")
    ask(None, "query Hello {")
    counted = {
        key[1:]: value for key, value in scrape().items() if key[0] == "tillsight_graphql_requests_total"
    }
    assert counted == {
        ("operation=Hello", "result=ok"): 1,
        ("operation=Hello", "result=errors"): 1,
        ("operation=other", "result=refused"): 2,
    }


def test_a_bug_is_counted_as_one(ask, scrape, monkeypatch):
    monkeypatch.setattr(health, "_state", lambda moment: 1 / 0)
    assert ask(None, "query Broken { health { ok } }").codes == ["INTERNAL"]
    assert scrape()["tillsight_graphql_requests_total", "operation=Broken", "result=failed"] == 1


def test_names_past_a_bound_are_counted_together(scrape):
    for number in range(metrics.MAX_NAMES + 50):
        metrics.observe(f"Q{number}", metrics.Result.OK, 0.01)
    found = scrape()
    names = {key[1] for key in found if key[0] == "tillsight_graphql_requests_total"}
    assert len(names) == metrics.MAX_NAMES + 1
    assert found["tillsight_graphql_requests_total", "operation=other", "result=ok"] == 50


def test_a_name_of_great_length_is_not_kept():
    metrics.observe("Q" * 10_000, metrics.Result.OK, 0.01)
    assert metrics.known == set()


def test_the_queue_and_the_extractions_are_told_as_the_database_has_them(scrape, owner):
    for number, status in enumerate(["QUEUED", "QUEUED", "COMPLETED", "FAILED"]):
        Upload.objects.create(
            store=owner.store, status=status, sha256=str(number), size=1, not_before=timezone.now()
        )
    found = scrape()
    assert found["tillsight_queue_length", "state=waiting"] == 2
    assert found["tillsight_queue_length", "state=processing"] == 0
    assert found["tillsight_extractions", "result=completed"] == 1
    assert found["tillsight_extractions", "result=failed"] == 1
    assert found["tillsight_database_up",] == 1


def test_the_build_is_told(scrape, settings):
    assert any(key[0] == "tillsight_build_info" and f"version={settings.VERSION}" in key for key in scrape())


def test_metrics_are_shown_to_who_has_the_token(client, db, settings):
    settings.METRICS_TOKEN = "scrape-me"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-mé"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-me"}).status_code == 200


def test_production_without_a_token_shows_metrics_to_nobody(client, db, settings):
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
