"""What the top-level `errors` of an answer may say; bugs say nothing but where to look in the log."""

from __future__ import annotations

import logging
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from core import requests

logger = logging.getLogger("tillsight.graphql")


class ApiError(GraphQLError):
    """An error that the caller is meant to see."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": self.code, **extensions})


class BadInput(ApiError):
    """An argument that is no value at all: a malformed id, a foreign cursor, a page too long."""


class Unauthenticated(ApiError):
    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Log in first: send an access token as a Bearer header.") -> None:
        super().__init__(message)


class Forbidden(ApiError):
    code = "FORBIDDEN"

    def __init__(self, message: str = "Your role in this store does not allow this.") -> None:
        super().__init__(message)


class NotFound(ApiError):
    """What is followed is not there, or out of sight; queries answer null instead."""

    code = "NOT_FOUND"


class CursorExpired(ApiError):
    code = "CURSOR_EXPIRED"

    def __init__(self) -> None:
        super().__init__("Not all that happened since then is known any more: read anew what you show.")


class TooManyStreams(ApiError):
    code = "TOO_MANY_SUBSCRIPTIONS"


class TooLarge(ApiError):
    code = "QUERY_TOO_LARGE"


class RateLimited(ApiError):
    """Something was tried too often; nothing of the document was executed."""

    code = "RATE_LIMITED"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts: try again in {retry_after} s.", retryAfter=retry_after)
        self.retry_after = retry_after


def presentable(error: GraphQLError) -> GraphQLError:
    """Give every error a code, and mask the ones that were not meant to be seen."""
    extensions = error.extensions or {}
    if "code" in extensions:
        return error
    if isinstance(error, GraphQLSyntaxError):
        error.extensions = {**extensions, "code": "GRAPHQL_PARSE_FAILED"}
        return error
    if not hidden(error):
        in_document = error.path is None and error.nodes and error.original_error is None
        code = "GRAPHQL_VALIDATION_FAILED" if in_document else "BAD_USER_INPUT"
        error.extensions = {**extensions, "code": code}
        return error
    request_id = requests.current.get()
    return GraphQLError(
        f"Something went wrong on our side. Request {request_id} is in the log.",
        nodes=error.nodes,
        path=error.path,
        extensions={"code": "INTERNAL", "requestId": request_id},
    )


def hidden(error: GraphQLError) -> Exception | None:
    """Give the bug behind an error; None where the document or its variables are at fault."""
    original = error.original_error
    refused_value = isinstance(original, GraphQLError) and error.path is None
    meant = isinstance(original, ApiError | CannotGetOperationTypeError | InvalidOperationTypeError)
    return None if refused_value or meant else original


def log(error: GraphQLError) -> None:
    """Log what a masked error hides, under the request's id."""
    bug = hidden(error)
    if bug is not None:
        logger.error("A resolver failed at %s.", error.path, exc_info=bug)
