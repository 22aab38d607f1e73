"""What a document may ask at most; counted before anything else looks at it, fragments expanded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.types.base_scalars import DecimalDefinition

from schema.errors import ApiError, BadInput, TooLarge

MAX_DEPTH = 12
MAX_ALIASES = 15
MAX_REPEATS = 100  # validation compares fields of one name in pairs
MAX_TOKENS = 2_000
MAX_ERRORS = 20
MAX_LIST_INPUT = 1_000  # of any list among the variables; many inputs allow less and say so
MAX_EXPONENT = 1_000  # of a Decimal: `abs` of 1e999999999 raises, and writing it out fills the memory

INTROSPECTION = ("__schema", "__type")


@dataclass
class Size:
    """How much a selection set asks: levels below it, aliases in it, and how often it names each field."""

    depth: int = 0
    aliases: int = 0
    names: Counter[str] = field(default_factory=Counter)
    repeats: int = 0

    def add(self, other: Size) -> None:
        """Count in what stands at the same level."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.names += other.names
        self.repeats = max([self.repeats, other.repeats, *(self.names[name] for name in other.names)])


class Ruler:
    """Measures the operations of a document; each fragment once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.measured: dict[str, Size] = {}

    def measure(self, selections: SelectionSetNode) -> Size:
        size = Size()
        for selection in selections.selections:
            size.add(self.one(selection))
        return size

    def one(self, selection: SelectionNode) -> Size:
        if isinstance(selection, InlineFragmentNode):
            return self.measure(selection.selection_set)
        if isinstance(selection, FragmentSpreadNode):
            return self.fragment(selection.name.value)
        assert isinstance(selection, FieldNode)
        below = self.measure(selection.selection_set) if selection.selection_set else Size()
        name = (selection.alias or selection.name).value
        # Tools ask for the whole schema, which is deep; validation has a bound of its own for that.
        depth = 0 if selection.name.value in INTROSPECTION else below.depth + 1
        return Size(depth, below.aliases + bool(selection.alias), Counter([name]), max(below.repeats, 1))

    def fragment(self, name: str) -> Size:
        if name not in self.measured:
            self.measured[name] = Size()  # what a cycle finds: validation reports it
            if name in self.fragments:
                self.measured[name] = self.measure(self.fragments[name].selection_set)
        return self.measured[name]


def faults(document: DocumentNode) -> Iterator[ApiError]:
    """Yield an error for each limit that an operation of the document passes."""
    ruler = Ruler(document)
    try:
        sizes = [ruler.measure(operation.selection_set) for operation in ruler.operations]
    except RecursionError:
        yield TooLarge("The document nests its fragments too deep.")
        return
    for size in sizes:
        if size.depth > MAX_DEPTH:
            yield TooLarge(f"Nested {size.depth} deep: at most {MAX_DEPTH} is allowed.")
        if size.aliases > MAX_ALIASES:
            yield TooLarge(f"{size.aliases} aliases: at most {MAX_ALIASES} are allowed.")
        if size.repeats > MAX_REPEATS:
            yield TooLarge(f"A field stands {size.repeats} times in one place: at most {MAX_REPEATS}.")


def _decimal(value: object) -> Decimal:
    parsed = cast("Decimal", DecimalDefinition.parse_value(value))  # type: ignore[misc]
    if parsed.is_finite() and abs(parsed.adjusted()) > MAX_EXPONENT:
        raise BadInput("A Decimal is too large or too small to count with.")
    return parsed


DECIMAL = strawberry.scalar(
    name="Decimal",
    description="An exact number in decimal notation, such as an amount of money.",
    serialize=str,
    parse_value=_decimal,
)


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)


def longest(value: object) -> int:
    """Give the length of the longest list anywhere in JSON; it may be nested too deep for recursion."""
    most, waiting = 0, [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            most = max(most, len(current))
            waiting.extend(current)
        elif isinstance(current, dict):
            waiting.extend(current.values())
    return most


class Limits(SchemaExtension):
    """Bound what parsing, validation and execution may cost."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        assert context.graphql_document
        found = list(faults(context.graphql_document))
        # The library would run the first: its own `operation_name` has filled the name in already.
        if context._provided_operation_name is None and _operations(context.graphql_document) > 1:
            found.append(BadInput("The document holds several operations: say which in `operationName`."))
        if longest(context.variables) > MAX_LIST_INPUT:
            found.append(BadInput(f"A list among the variables has more than {MAX_LIST_INPUT} entries."))
        if found:
            context.pre_execution_errors = [*found]  # the costly rules of validation are not even tried
        yield
