"""Suggestions decided on."""

from __future__ import annotations

import strawberry

from core.roles import Permission
from insights import decisions
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, written
from schema.insights.suggestions import Suggestion


@strawberry.input(description="A suggestion to act on.")
class AcceptSuggestionInput:
    suggestion: strawberry.ID = strawberry.field(description="The suggestion.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A suggestion to lay aside.")
class DismissSuggestionInput:
    suggestion: strawberry.ID = strawberry.field(description="The suggestion.")
    reason: str = strawberry.field(
        default="", description="Why, for those who ask later; at most 300 characters."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="A suggestion, as it is now.")
class SuggestionPayload(Payload):
    suggestion: Suggestion | None = written("The suggestion.", to="Suggestion", key="suggestion")


@command(
    SuggestionPayload,
    description="Note that a suggestion is acted on; it is not made again for this cause.",
    needs=Permission.INSIGHT_EDIT,
)
def accept_suggestion(caller: Caller, input: AcceptSuggestionInput) -> Answer:
    row = caller.find(input.suggestion, "Suggestion", "suggestion")
    return caller.once(lambda: {"suggestion": decisions.accept(suggestion=row, by=caller.user).pk})


@command(
    SuggestionPayload,
    description="Lay a suggestion aside: it comes back only once it is worth half as much again.",
    needs=Permission.INSIGHT_EDIT,
)
def dismiss_suggestion(caller: Caller, input: DismissSuggestionInput) -> Answer:
    row = caller.find(input.suggestion, "Suggestion", "suggestion")
    return caller.once(
        lambda: {"suggestion": decisions.dismiss(suggestion=row, by=caller.user, reason=input.reason).pk}
    )


@strawberry.type
class SuggestionMutations:
    accept_suggestion = accept_suggestion
    dismiss_suggestion = dismiss_suggestion
