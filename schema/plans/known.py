"""What is kept of the documents that were asked: their operations, and their plans by what shapes them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    Visitor,
    get_operation_ast,
    visit,
)

from schema.plans.calls import Arguments, Call, Values
from schema.plans.compiler import Plan
from schema.plans.wording import Unplannable

MAX_CHARACTERS = 100_000  # of all documents together
MAX_PLANS = 50  # of one document


@dataclass(frozen=True)
class Fork:
    """A call whose arguments decide which plan it is: what comes after it, by what it shapes."""

    call: Call
    after: dict[Hashable, Any] = field(default_factory=dict)


@dataclass
class Known:
    """What is kept of an operation."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    switches: tuple[str, ...]  # variables that directives look at
    begin: dict[Hashable, Any] = field(default_factory=dict)  # forks, plans, and why there is none
    plans: int = 0

    def find(self, start: Hashable, arguments: Arguments, values: Values) -> Plan | str | None:
        """Follow the calls to the plan of a request, or to why there is none, and fill in its values.

        Raises: BadInput; Unplannable.
        """
        found = self.begin.get(start)
        while isinstance(found, Fork):
            call = found.call.again(arguments(found.call.field, found.call.node))
            values.update(call.values)
            found = found.after.get(call.shape)
        return found

    def keep(self, start: Hashable, calls: Iterable[Call], plan: Plan | str) -> None:
        if self.plans >= MAX_PLANS:
            self.begin, self.plans = {}, 0
        self.plans += 1
        place, key = self.begin, start
        for call in calls:
            fork = place.setdefault(key, Fork(call))
            if not isinstance(fork, Fork):  # another request was faster
                return
            place, key = fork.after, call.shape
        place[key] = plan


documents: dict[tuple[str, str | None], Known] = {}  # by text and operation; the latest used stand last


def known(document: DocumentNode, name: str | None) -> Known:
    """Find what is kept of an operation.

    Raises: Unplannable where there is none.
    """
    assert document.loc is not None
    key = (document.loc.source.body, name)
    found = documents.pop(key, None)
    if found is None:
        operation = get_operation_ast(document, name)
        if operation is None:
            raise Unplannable("There is no such operation.")
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        found = Known(operation, fragments, tuple(sorted(set(_switches(document)))))
        documents[key] = found
        while sum(len(text) for text, _ in list(documents)) > MAX_CHARACTERS and len(documents) > 1:
            documents.pop(next(iter(documents)), None)
    else:
        documents[key] = found
    return found


def _switches(document: DocumentNode) -> Iterator[str]:
    """Yield the variables that decide what is in an answer at all."""
    found: list[str] = []

    class Directives(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            found.extend(
                argument.value.name.value
                for argument in node.arguments or ()
                if argument.value.kind == "variable"
            )

    visit(document, Directives())
    yield from found
