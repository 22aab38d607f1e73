"""The HTTP door: a request's body in, a GraphQL answer out."""

from __future__ import annotations

import gzip
import json
from contextvars import copy_context
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from core import rates
from schema import introspection, metrics, persisted, sse, streams
from schema.context import Context, authenticate
from schema.errors import RateLimited
from schema.plans.holes import Finished
from schema.root import schema

PREFLIGHT_HEADERS = ("X-Requested-With", "Apollo-Require-Preflight", "GraphQL-Require-Preflight")
NOTHING_TO_RUN = (
    "The document holds no operation that can be run here. Subscriptions run over a WebSocket, and over HTTP "
    "with the header Accept: text/event-stream."
)
UNREADABLE = "The body cannot be parsed."
JSON = "application/json"
GZIP_BYTES = 4096  # shorter answers fit into three packets: not worth the work
COMPACT = {"ensure_ascii": False, "separators": (",", ":")}
OPERATIONS = {OperationType.QUERY, OperationType.MUTATION}


class BadRequest(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@csrf_exempt  # no cookie is ever read here: whoever asks shows a token
async def graphql(request: HttpRequest) -> HttpResponseBase:
    """Answer a GraphQL request, a subscription as a stream; a browser that asks for a page gets GraphiQL."""
    if request.method == "GET" and request.accepts("text/html"):
        return graphiql(request)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    if not sse.wanted(request):
        return await sync_to_async(answer)(request)
    try:
        asked = parts(await sync_to_async(_body)(request))
    except BadRequest as error:
        return _refusal(error)
    return sse.EventStream(streams.answers(*asked, await sync_to_async(_context)(request)))


def answer(request: HttpRequest) -> HttpResponse:
    """Answer a query or a mutation."""
    try:
        asked = parts(_whole(_body(request)))
        return _compressed(request, asked[0], _answer(request, *asked))
    except persisted.Unknown as unknown:
        return JsonResponse(unknown.ANSWER)
    except (CannotGetOperationTypeError, InvalidOperationTypeError):
        return _refusal(BadRequest(NOTHING_TO_RUN))
    except BadRequest as error:
        return _refusal(error)


def _whole(body: Any) -> Any:
    try:
        return persisted.with_query(body)
    except ValueError as error:
        raise BadRequest(str(error)) from error


def _answer(
    request: HttpRequest, query: str, variables: dict[str, Any] | None, operation: str | None
) -> HttpResponse:
    of_schema = introspection.key_of(query, variables, operation)
    if of_schema and (known := introspection.find(of_schema)):
        metrics.observe(operation, metrics.Result.OK, None)
        return HttpResponse(known, content_type=JSON, headers={"Content-Encoding": "gzip"})
    # In a context of its own: asgiref leaves a variable a call behind, and they would pile up in this thread.
    result = copy_context().run(
        async_to_sync(schema.execute),
        query,
        variable_values=variables,
        context_value=_context(request),
        operation_name=operation,
        allowed_operation_types=OPERATIONS,
    )
    response = _said(result)
    if of_schema and not result.errors:
        introspection.keep(of_schema, response.content)
    return response


def _said(result: ExecutionResult) -> HttpResponse:
    if isinstance(result.data, Finished):
        more = f',"extensions":{json.dumps(result.extensions, **COMPACT)}' if result.extensions else ""
        return HttpResponse(f'{{"data":{result.data}{more}}}', content_type=JSON)
    response = JsonResponse(streams.said(result), json_dumps_params=COMPACT)
    for refusal in result.errors or []:
        if isinstance(refusal, RateLimited):
            response.status_code = 429
            response["Retry-After"] = refusal.retry_after
    return response


def _compressed(request: HttpRequest, query: str, response: HttpResponse) -> HttpResponse:
    """Compress a long answer for a client that takes it so.

    Never that to a mutation, which may hold a token. Of queries nothing is to be learnt by their lengths: no
    cookie is ever read here, so that no foreign page can ask in somebody's name.
    """
    there = response.has_header("Content-Encoding")
    if not there and (len(response.content) < GZIP_BYTES or "mutation" in query):
        return response
    patch_vary_headers(response, ("Accept-Encoding",))
    taken = "gzip" in request.headers.get("Accept-Encoding", "")
    if taken and not there:
        response.content = compressed(response.content)
        response["Content-Encoding"] = "gzip"
    elif there and not taken:
        response.content = gzip.decompress(response.content)
        del response["Content-Encoding"]
    return response


def compressed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=1, mtime=0)


def sample(request: HttpRequest) -> HttpResponse:
    """Answer a request's body as if it were data: what stands around it is that of all such answers."""
    if request.content_type != JSON:
        return HttpResponse(status=415)
    return _compressed(request, "", HttpResponse(request.body, content_type=JSON))


def asked(body: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    """Take document, variables and the operation's name out of a body that is JSON.

    Raises: BadRequest; persisted.Unknown.
    """
    return parts(_whole(_parsed(body)))


def graphiql(request: HttpRequest) -> HttpResponse:
    demo = {"demo_login": settings.DEMO_LOGIN, "demo_password": settings.DEMO_PASSWORD}
    response = render(request, "graphiql.html", demo)
    response["Content-Security-Policy"] = (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "worker-src 'self' blob:; frame-ancestors 'none'"
    )
    return response


def _context(request: HttpRequest) -> Context:
    session, refusal = authenticate(request.headers.get("Authorization", ""))
    key = request.headers.get("Idempotency-Key", "")
    return Context(session.user if session else None, refusal, key, session, _address(request))


def _address(request: HttpRequest) -> str:
    return rates.client_address(
        remote=request.META.get("REMOTE_ADDR", ""),
        forwarded=request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def _body(request: HttpRequest) -> Any:
    """Parse the body: JSON, or the multipart form that carries files."""
    try:
        if request.content_type == "multipart/form-data":
            return _multipart(request)
        if request.content_type != "application/json":
            raise BadRequest("Send application/json, or multipart/form-data with files.", 415)
        return _parsed(request.body)
    except RequestDataTooBig as error:
        raise BadRequest("The body is too large.", 413) from error
    except (ValueError, RecursionError, MultiPartParserError, RawPostDataException) as error:
        raise BadRequest(UNREADABLE) from error


def _parsed(body: bytes) -> Any:
    try:
        return _json(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRequest(UNREADABLE) from error


def _json(text: str) -> Any:
    """Parse JSON of the strict kind.

    Raises: ValueError, for NaN and for a half of a surrogate pair too, which no database can store.
    """
    parsed = json.loads(text, parse_constant=_no_constant)
    if "\\ud" in text.lower():
        json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _multipart(request: HttpRequest) -> Any:
    if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
        # A plain HTML form of another site can send multipart, but no header of its own.
        raise BadRequest(f"Multipart requests need one of the headers {', '.join(PREFLIGHT_HEADERS)}.")
    operations = _json(request.POST.get("operations", ""))
    places = _json(request.POST.get("map", ""))
    if not isinstance(places, dict):
        raise BadRequest("`map` must be an object.")
    for name, paths in places.items():
        file = request.FILES.get(name)
        if file is None or not isinstance(paths, list):
            raise BadRequest(f"`map` names the file {name!r}, which was not sent.")
        for path in paths:
            _put(operations, str(path), file)
    return operations


def _put(operations: Any, path: str, file: object) -> None:
    """Put a file where its path leads; only a null may be replaced."""
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    try:
        for step in steps:
            operations = operations[step]
        if operations[last] is not None:
            raise KeyError(last)
        operations[last] = file
    except (LookupError, TypeError) as error:
        raise BadRequest(f"`map` names the place {path!r}, where `operations` holds no null.") from error


def parts(body: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    if not isinstance(body, dict):
        raise BadRequest("The body must be one JSON object.")
    query, variables, operation = (body.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise BadRequest("`query` must be a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object.")
    if operation is not None and not isinstance(operation, str):
        raise BadRequest("`operationName` must be a string.")
    return query, variables, operation or None


def _refusal(error: BadRequest) -> HttpResponse:
    errors = [{"message": str(error), "extensions": {"code": "BAD_REQUEST"}}]
    return JsonResponse({"errors": errors}, status=error.status)
