"""The web server as in production: with DEBUG off, on SQLite in a folder of its own."""

import json
import re
from pathlib import Path

import pytest

from graphiql import install

from .conftest import free_port, get, migrate, run

GRAPHQL = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def migrated(surroundings):
    migrate(Path(surroundings["DATA_DIR"]))
    return surroundings


@pytest.fixture(scope="module")
def server(migrated, manage):
    """A running server; answer its URL and its process."""
    return serve(manage, METRICS_TOKEN="scrape-me")


def serve(manage, *arguments: str, **changed: str):
    port = free_port()
    started = manage("serve", "--port", str(port), *arguments, **changed)
    url = f"http://127.0.0.1:{port}"
    started.until(lambda: is_up(url))
    return url, started


def is_up(url: str) -> bool:
    try:
        return get(f"{url}/health/live").status == 200
    except OSError:
        return False


def test_pages_and_files_are_served_with_debug_off(server, surroundings):
    url, _ = server
    page = get(f"{url}/admin/login/", headers={"Host": "shop.example"})
    assert page.status == 200
    sheets = re.findall(r'href="(/static/admin/[^"]+\.css)"', page.text)
    assert sheets
    for path in sheets:
        assert re.search(r"\.[0-9a-f]{12}\.css$", path), (
            "named by its content, so that it may be kept for ever"
        )
        sheet = get(url + path, headers={"Host": "shop.example"})
        assert (sheet.status, sheet.headers["content-type"]) == (200, 'text/css; charset="utf-8"')
        assert "immutable" in sheet.headers["cache-control"]
    assert (Path(surroundings["DATA_DIR"]) / "static" / "staticfiles.json").exists()


@pytest.mark.skipif(not install.installed(), reason="run `make install` for GraphiQL's files")
def test_graphiql_and_all_its_files_are_served_with_debug_off_and_from_here_alone(server):
    url, _ = server
    page = get(f"{url}/graphql/", headers={"Accept": "text/html", "Host": "shop.example"})
    assert page.status == 200
    files = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|json))"', page.text)
    assert len(files) >= 6
    for path in files:
        assert path.startswith("/static/graphiql/")
        assert get(url + path, headers={"Host": "shop.example"}).status == 200
    assert "demo-till" not in page.text


def test_a_bug_or_a_wrong_address_shows_nothing_of_the_inside(server):
    url, _ = server
    answer = get(f"{url}/no/such/page", headers={"Host": "shop.example"})
    assert answer.status == 404
    assert "urlpatterns" not in answer.text
    assert "core.settings" not in answer.text


def test_a_foreign_host_name_is_refused_and_a_probe_of_this_machine_is_not(server):
    url, _ = server
    assert get(f"{url}/health/ready", headers={"Host": "evil.example"}).status == 400
    assert get(f"{url}/health/ready").status == 200


def test_each_log_line_is_an_object_with_the_requests_id_and_holds_no_secret(server):
    url, started = server
    body = json.dumps({"query": '{ store(id: "c2VjcmV0") { id } }'}).encode()
    answer = get(f"{url}/graphql/?token=hidden", data=body, headers={**GRAPHQL, "X-Request-Id": "trace-me-1"})
    assert answer.headers["x-request-id"] == "trace-me-1"
    started.until(lambda: "trace-me-1" in started.said)
    lines = [json.loads(line) for line in started.said.splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line["request_id"] == "trace-me-1"]
    assert (line["name"], line["levelname"]) == ("tillsight.access", "INFO")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/graphql/", 200)
    assert line["milliseconds"] > 0
    assert "hidden" not in started.said
    assert "c2VjcmV0" not in started.said


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"query": "query Way { __typename }"}', {}),
        (b'{"query": "{ me { id } }"}', {"Authorization": "Bearer nothing"}),
        (b'{"query": "subscription { orderQueueChanged(store: 1) { kind } }"}', {}),
        (b'{"query": ', {}),
        (b"null", {"Content-Type": "application/json; charset=utf-8"}),
        (b'{"query": "{ __typename }"}', {"Host": "evil.example"}),
        (b'{"query": "{ __typename }"}', {"Origin": "https://shop.example", "X-Request-Id": "way-1"}),
    ],
    ids=["query", "token", "subscription", "broken", "null", "host", "origin"],
)
def test_the_short_way_and_the_long_way_of_a_request_answer_alike(server, body, headers):
    url, _ = server
    answers = []
    for accept in ("application/json", "application/json, text/event-stream"):  # the latter might be streamed
        answer = get(f"{url}/graphql/", data=body, headers={**GRAPHQL, "Accept": accept, **headers})
        told = dict(answer.headers) | {"date": "", "x-request-id": headers.get("X-Request-Id", "")}
        answers.append((answer.status, answer.text, told))
    assert answers[0] == answers[1]
    assert answers[0][2].get("x-content-type-options", "nosniff") == "nosniff"


def test_the_ticket_of_a_file_is_not_logged(server):
    url, started = server
    assert get(f"{url}/files/a-ticket-to-keep-quiet", headers={"X-Request-Id": "trace-me-2"}).status == 404
    started.until(lambda: "trace-me-2" in started.said)
    assert "a-ticket-to-keep-quiet" not in started.said


def test_an_address_that_a_client_makes_up_gains_it_no_more_tries(migrated, manage):
    url, started = serve(manage, "--collected", LOGIN_LIMIT="1/hour")
    document = 'mutation { tokenAuth(input: {login: "%s@shop.example", password: "x"}) { accessToken } }'
    statuses = []
    for number in range(2):
        headers = {**GRAPHQL, "X-Forwarded-For": f"198.51.100.{number}"}
        body = json.dumps({"query": document % number}).encode()
        statuses.append(get(f"{url}/graphql/", data=body, headers=headers).status)
    assert statuses == [200, 429]
    started.end()


def test_several_processes_count_together_and_stop_together(migrated, manage):
    url, started = serve(manage, "--workers", "2", "--collected", METRICS_TOKEN="scrape-me")
    body = json.dumps({"query": "query Counted { __typename }"}).encode()
    for _ in range(20):
        assert get(f"{url}/graphql/", data=body, headers=GRAPHQL).status == 200
    found = get(f"{url}/metrics", headers={"Authorization": "Bearer scrape-me"}).text
    assert 'tillsight_graphql_requests_total{operation="Counted",result="ok"} 20.0' in found
    started.end()
    assert started.said.count("Finished server process") == 2
    assert "Traceback" not in started.said


def test_a_server_on_a_database_without_its_tables_refuses_and_says_what_to_do(surroundings, tmp_path):
    done = run("serve", environment={**surroundings, "DATA_DIR": str(tmp_path)})
    assert done.returncode == 1
    assert "python manage.py migrate" in done.stderr


def test_a_port_in_use_is_said_with_the_way_out(server, migrated):
    port = server[0].rpartition(":")[2]
    done = run("serve", "--port", port, environment=migrated)
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    assert f"PORT={int(port) + 1}" in done.stderr


def test_production_does_not_start_without_its_secret(surroundings):
    done = run("check", environment={**surroundings, "SECRET_KEY": ""})
    assert done.returncode != 0
    assert "needs SECRET_KEY" in done.stderr


def test_production_stops_when_its_database_cannot_be_reached(surroundings):
    closed = f"postgres://shop:secretive@127.0.0.1:{free_port()}/shop"
    changed = {"DATABASE_URL": closed, "DATABASE_FALLBACK": "sqlite"}
    done = run("serve", environment={**surroundings, **changed})
    assert done.returncode != 0
    assert "cannot be reached" in done.stderr
    assert "nothing was started" in done.stderr
    assert "secretive" not in done.stderr.splitlines()[-1]
