"""What a document may ask at most; counted before anything runs, fragments expanded."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from strawberry.extensions import SchemaExtension

from schema.errors import TooLarge

MAX_DEPTH = 12
MAX_ALIASES = 15
MAX_TOKENS = 2_000
MAX_ERRORS = 20
MAX_LIST_INPUT = 500


class DepthAndAliases(ValidationRule):
    """Refuse operations that are nested too deep or alias too much; introspection's depth is exempt."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.measured: dict[str, tuple[int, int]] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        depth, aliases = self.measure(node.selection_set, ())
        if depth > MAX_DEPTH:
            self.context.report_error(TooLarge(f"Nested {depth} deep: at most {MAX_DEPTH} is allowed."))
        if aliases > MAX_ALIASES:
            self.context.report_error(TooLarge(f"{aliases} aliases: at most {MAX_ALIASES} are allowed."))

    def measure(self, selections: SelectionSetNode, within: tuple[str, ...]) -> tuple[int, int]:
        """Give the depth and the number of aliases below a selection set.

        Each fragment is measured once, so that fragments of fragments cost no more than they are long.
        """
        depth, aliases = 0, 0
        for selection in selections.selections:
            below = (0, 0)
            if isinstance(selection, FieldNode):
                if selection.name.value in ("__schema", "__type"):
                    continue
                if selection.selection_set:
                    below = self.measure(selection.selection_set, within)
                below = (below[0] + 1, below[1] + bool(selection.alias))
            elif isinstance(selection, InlineFragmentNode):
                below = self.measure(selection.selection_set, within)
            elif isinstance(selection, FragmentSpreadNode):
                below = self.fragment(selection.name.value, within)
            depth, aliases = max(depth, below[0]), aliases + below[1]
        return depth, aliases

    def fragment(self, name: str, within: tuple[str, ...]) -> tuple[int, int]:
        if name in within:  # a cycle: another rule reports it
            return 0, 0
        if name not in self.measured:
            fragment = self.context.get_fragment(name)
            self.measured[name] = (
                self.measure(fragment.selection_set, (*within, name)) if fragment else (0, 0)
            )
        return self.measured[name]


class Limits(SchemaExtension):
    """Bound what parsing and validation may cost."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        if DepthAndAliases not in context.validation_rules:
            context.validation_rules = (*context.validation_rules, DepthAndAliases)
        yield


def bounded(errors: list[GraphQLError]) -> list[GraphQLError]:
    """Keep the first errors of an answer: a document can hold thousands of mistakes."""
    return errors[:MAX_ERRORS]
