"""The HTTP door: what a body may be, how large, and how files come along."""

from __future__ import annotations

import asyncio
import io
import json
from contextvars import copy_context
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from schema.asgi import MAX_BODY_BYTES, MAX_UPLOAD_BYTES, application
from tests.conftest import Person
from tests.schema.world import everything, picture

JSON = "application/json"
UPLOAD = """mutation ($input: UploadReceiptInput!) { uploadReceipt(input: $input) {
  upload { filename } userErrors { code field } } }"""
pytestmark = pytest.mark.django_db


def post(body: bytes | str, content_type: str = JSON, **headers: str) -> Any:
    return Client(headers=headers).post("/graphql/", body, content_type=content_type)


def refused(response: Any, status: int = 400) -> bool:
    """Tell whether a request was refused in the form of GraphQL, with a reason and no data."""
    said = json.loads(response.content)
    assert response.status_code == status, response.content[:300]
    assert [error["extensions"]["code"] for error in said["errors"]] == ["BAD_REQUEST"]
    assert said["errors"][0]["message"]
    return "data" not in said


# --- JSON


def test_a_good_body_is_answered() -> None:
    response = post('{"query": "{ __typename }"}')
    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert json.loads(response.content) == {"data": {"__typename": "Query"}}


MALFORMED = {
    "null": "null",
    "a text": '"x"',
    "a number": "1",
    "true": "true",
    "NaN": "NaN",
    "a list": "[]",
    "a batch": '[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    "no query": "{}",
    "blank": "  \n",
    "a query of null": '{"query": null}',
    "an empty query": '{"query": ""}',
    "a blank query": '{"query": " "}',
    "a number as query": '{"query": 1}',
    "a list as query": '{"query": ["{ __typename }"]}',
    "a list as variables": '{"query": "{ __typename }", "variables": []}',
    "a text as variables": '{"query": "{ __typename }", "variables": "{}"}',
    "a number as operationName": '{"query": "{ __typename }", "operationName": 1}',
    "a variable that is NaN": '{"query": "{ __typename }", "variables": {"a": NaN}}',
    "a variable that is infinite": '{"query": "{ __typename }", "variables": {"a": -Infinity}}',
    "half a surrogate pair": '{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    "half a surrogate pair as a name": '{"query": "{ __typename }", "variables": {"\\uDFFF": 1}}',
    "half a surrogate pair in the query": '{"query": "{ __typename } # \\ud800"}',
    "a number of 5,000 digits": '{"query": "{ __typename }", "variables": {"a": ' + "1" * 5_000 + "}}",
    "cut off": '{"query": "{ __typename }"',
    "two": '{"query": "{ __typename }"}{"query": "{ __typename }"}',
    "50,000 lists deep": "[" * 50_000 + "]" * 50_000,
    "50,000 objects deep": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "variables 50,000 deep": '{"query": "{ __typename }", "variables": {"a": '
    + "[" * 50_000
    + "]" * 50_000
    + "}}",
    "50,000 deep and cut off": "[" * 50_000,
    "a form": "query=%7B__typename%7D",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_refused(body: str) -> None:
    assert refused(post(body))


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"query": "\xe9"}', b"\x00", b'{"query": "{ __typename }\xc3"}', b"\xef\xbb\xbf{}"],
)
def test_a_body_that_is_not_utf_8_is_refused(body: bytes) -> None:
    assert refused(post(body))


def test_an_empty_body_is_refused() -> None:
    assert refused(Client().post("/graphql/", b"", content_type=JSON), 415)
    assert through_asgi([b""], PLAIN)[0] == 400


def test_a_whole_surrogate_pair_is_a_character() -> None:
    body = '{"query": "{ __typename }", "variables": {"a": "\\ud83e\\udd50"}}'
    assert post(body).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "type", ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "text/html", "x", ""]
)
def test_another_content_type_is_refused(type: str) -> None:
    assert refused(post('{"query": "{ __typename }"}', type), 415)


def test_the_content_type_may_name_a_charset_and_come_in_any_case() -> None:
    assert post('{"query": "{ __typename }"}', "Application/JSON; charset=utf-8").status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_another_method_is_not_allowed(method: str) -> None:
    response = getattr(Client(headers={"Accept": JSON}), method)("/graphql/?query={__typename}")
    assert response.status_code == 405
    assert response["Allow"] == "POST"


@pytest.mark.parametrize(
    "document",
    [
        "fragment F on Query { __typename }",
        "subscription { x }",
        "type A { a: Int }",
    ],
)
def test_a_document_without_one_operation_to_run_is_refused(document: str) -> None:
    assert refused(post(json.dumps({"query": document})))


def test_an_operation_is_chosen_by_its_name() -> None:
    document = "query A { a: __typename } query B { b: __typename }"
    assert post(json.dumps({"query": document, "operationName": "B"})).json() == {"data": {"b": "Query"}}
    assert refused(post(json.dumps({"query": document, "operationName": "C"})))
    for name in (None, ""):
        unnamed = post(json.dumps({"query": document, "operationName": name})).json()
        assert unnamed["data"] is None
        assert unnamed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_what_is_beside_the_query_is_ignored() -> None:
    assert post('{"query": "{ __typename }", "extensions": {"x": 1}, "id": 7}').status_code == 200


# --- Size


def test_a_body_of_more_than_a_megabyte_is_refused() -> None:
    assert refused(post(json.dumps({"query": "{ __typename }", "x": "y" * MAX_BODY_BYTES})), 413)
    assert post(json.dumps({"query": "{ __typename }", "x": "y" * (MAX_BODY_BYTES - 100)})).status_code == 200


def through_asgi(chunks: list[bytes], *headers: tuple[bytes, bytes]) -> tuple[int, bytes, int]:
    """Send a body in chunks straight to the ASGI application: its status, its body, and how many chunks it took."""
    taken, sent = iter(chunks), []
    count = 0

    async def receive() -> dict[str, Any]:
        nonlocal count
        body = next(taken, None)
        if body is None:
            await asyncio.Event().wait()  # the client stays and waits
        count += 1
        return {"type": "http.request", "body": body, "more_body": count < len(chunks)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/graphql/",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    asyncio.run(application(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body, count


PLAIN = (b"content-type", b"application/json")
FORM = (b"content-type", b"multipart/form-data; boundary=x")


def test_a_body_in_chunks_is_answered() -> None:
    status, body, _ = through_asgi([b'{"query":', b' "{ __typename }"}'], PLAIN)
    assert (status, json.loads(body)) == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize(("kind", "limit"), [(PLAIN, MAX_BODY_BYTES), (FORM, MAX_UPLOAD_BYTES)])
def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(kind: Any, limit: int) -> None:
    chunk = b" " * 2**16
    status, body, taken = through_asgi([chunk] * 1_000, kind)
    assert status == 413
    assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert taken == limit // len(chunk) + 1


def test_a_body_that_says_less_than_it_is_is_cut_off_too() -> None:
    assert through_asgi([b" " * 2**16] * 100, PLAIN, (b"content-length", b"10"))[0] == 413


@pytest.mark.parametrize("length", [b"2000000", b"9" * 400])
def test_a_body_that_says_it_is_too_long_is_not_read(length: bytes) -> None:
    status, _, taken = through_asgi([b" "] * 10, PLAIN, (b"content-length", length))
    assert (status, taken) == (413, 0)


@pytest.mark.parametrize("length", [b"", b"x", b"-1", b"\xb2", b"1e9"])
def test_a_length_that_is_none_does_not_break_the_door(length: bytes) -> None:
    assert through_asgi([b"null"], PLAIN, (b"content-length", length))[0] == 400


# --- Files


def form(operations: Any, places: Any, headers: dict[str, str] | None = None, **files: Any) -> Any:
    parts = {"operations": operations, "map": places}
    fields = {
        name: part if isinstance(part, str) else json.dumps(part)
        for name, part in parts.items()
        if part is not None
    }
    sent = {"X-Requested-With": "test"} if headers is None else headers
    return Client(headers=sent).post("/graphql/", {**fields, **files})


def upload(owner: Person, **operations: Any) -> dict[str, Any]:
    return {"query": UPLOAD, "variables": {"input": {"store": owner.store_id, "file": None}}, **operations}


def test_a_file_takes_its_place_within_an_input(owner: Person) -> None:
    headers = {"X-Requested-With": "test", "Authorization": f"Bearer {owner.token}"}
    said = form(upload(owner), {"f": ["variables.input.file"]}, headers, f=picture()).json()
    assert said == {"data": {"uploadReceipt": {"upload": {"filename": "receipt.png"}, "userErrors": []}}}


@pytest.mark.parametrize(
    "header", ["X-Requested-With", "Apollo-Require-Preflight", "GraphQL-Require-Preflight"]
)
def test_any_header_that_a_form_of_another_site_cannot_send_will_do(header: str) -> None:
    assert form({"query": "{ __typename }"}, {}, {header: "x"}).json() == {"data": {"__typename": "Query"}}


def test_multipart_without_such_a_header_is_refused_and_changes_nothing(owner: Person) -> None:
    before = everything()
    headers = {"Authorization": f"Bearer {owner.token}"}
    assert refused(form(upload(owner), {"f": ["variables.input.file"]}, headers, f=picture()))
    assert everything() == before


QUERY = {"query": "{ __typename }"}
BAD_FORMS: dict[str, tuple[Any, Any]] = {
    "no operations": (None, {}),
    "no map": (QUERY, None),
    "operations that are no JSON": ("{", {}),
    "operations of null": ("null", {}),
    "operations that are a batch": ([QUERY, QUERY], {}),
    "operations 50,000 deep": ("[" * 50_000, {}),
    "operations with half a pair": ('{"query": "{ __typename }", "variables": {"a": "\\ud800"}}', {}),
    "a map that is no JSON": (QUERY, "{"),
    "a map that is a list": (QUERY, []),
    "a map of null": (QUERY, "null"),
    "a map 50,000 deep": (QUERY, '{"f":' * 50_000),
    "a file that was not sent": (QUERY, {"g": ["variables.file"]}),
    "a text instead of places": (QUERY, {"f": "variables.file"}),
    "a place that is not there": (QUERY, {"f": ["variables.file"]}),
    "a place in a text": (QUERY, {"f": ["query.0"]}),
    "a place that is taken": ({**QUERY, "variables": {"file": 1}}, {"f": ["variables.file"]}),
    "the query's place": ({"query": None}, {"f": ["query"]}),
    "the variables' place": ({**QUERY, "variables": None}, {"f": ["variables"]}),
    "the operation name's place": ({**QUERY, "operationName": None}, {"f": ["operationName"]}),
    "an empty place": (QUERY, {"f": [""]}),
    "a place that is no text": (QUERY, {"f": [None]}),
    "a place past the end": ({**QUERY, "variables": {"files": [None]}}, {"f": ["variables.files.1"]}),
    "a place before the start": ({**QUERY, "variables": {"files": [None]}}, {"f": ["variables.files.-1"]}),
    "a place of 5,000 digits": (
        {**QUERY, "variables": {"files": [None]}},
        {"f": ["variables.files." + "1" * 5_000]},
    ),
}


@pytest.mark.parametrize(("operations", "places"), BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_a_form_that_does_not_fit_is_refused(operations: Any, places: Any) -> None:
    assert refused(form(operations, places, f=picture()))


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"],
)
@pytest.mark.parametrize("body", [b"x", b"--x\r\n\r\n", b"\xff" * 100])
def test_a_form_that_cannot_be_taken_apart_is_refused(content_type: str, body: bytes) -> None:
    assert refused(post(body, content_type, **{"X-Requested-With": "test"}))


def test_a_file_where_the_schema_wants_something_else_is_bad_input(owner: Person) -> None:
    before = everything()
    for place in ("store", "idempotencyKey", "reader"):
        operations = upload(owner)
        operations["variables"]["input"][place] = None
        headers = {"X-Requested-With": "test", "Authorization": f"Bearer {owner.token}"}
        said = form(operations, {"f": [f"variables.input.{place}"]}, headers, f=picture()).json()
        assert {error["extensions"]["code"] for error in said["errors"]} == {"BAD_USER_INPUT"}, place
    assert everything() == before


@pytest.mark.parametrize("value", ["x", 1, {}, [], True])
def test_json_where_a_file_belongs_is_refused_by_the_command(owner: Person, ask: Any, value: Any) -> None:
    before = everything()
    answer = ask(owner, UPLOAD, input={"store": owner.store_id, "file": value})
    assert [error["code"] for error in answer.data["uploadReceipt"]["userErrors"]] == ["REQUIRED"]
    assert everything() == before


def test_a_form_may_not_have_many_fields_or_files() -> None:
    fields = {f"x{number}": "" for number in range(1_100)}
    assert form(QUERY, {}, **fields).status_code in (400, 413)
    files = {f"x{number}": SimpleUploadedFile("x", b"") for number in range(110)}
    assert form(QUERY, {}, **files).status_code in (400, 413)


def test_a_text_of_a_form_that_is_too_large_is_refused() -> None:
    assert refused(form({**QUERY, "x": "y" * MAX_BODY_BYTES}, {}), 413)


def test_a_request_with_a_cookie_is_answered_as_one_without(owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["sessionid"] = owner.token
    response = client.post("/graphql/", io.BytesIO(b'{"query": "{ me { id } }"}').read(), content_type=JSON)
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_thread_keeps_nothing_of_the_requests_that_it_has_answered(owner: Person, ask: Any) -> None:
    document = (
        "mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { userErrors { code } } }"
    )
    kept = set()
    for number in range(4):
        ask(owner, document, input={"store": owner.store_id, "name": f"Category {number}"})
        ask(owner, "{ me { email } }")
        kept.add(len(copy_context()))
    assert len(kept) == 1, "each request left a variable behind, and every later one carried them all along"
