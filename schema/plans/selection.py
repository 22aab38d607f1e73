"""What an operation selects, for the variables of one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues, get_directive_values


class Selection:
    """Expands fragments and obeys the directives of a document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def fields(self, kind: GraphQLObjectType, *sets: SelectionSetNode) -> dict[str, list[FieldNode]]:
        """Collect the fields that a type answers, by their names in the answer."""
        found: dict[str, list[FieldNode]] = {}
        for node in self._selected(kind, sets, set()):
            found.setdefault((node.alias or node.name).value, []).append(node)
        return found

    def _selected(
        self, kind: GraphQLObjectType, sets: tuple[SelectionSetNode, ...], spread: set[str]
    ) -> Iterator[FieldNode]:
        for selection in (selection for chosen in sets for selection in chosen.selections):
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
                continue
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in spread:
                    continue
                spread.add(selection.name.value)
                fragment: Any = self.fragments[selection.name.value]
            else:
                assert isinstance(selection, InlineFragmentNode)
                fragment = selection
            if self._applies(fragment, kind):
                yield from self._selected(kind, (fragment.selection_set,), spread)

    def _included(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _applies(self, fragment: Any, kind: GraphQLObjectType) -> bool:
        if fragment.type_condition is None:
            return True
        wanted: Any = self.schema.get_type(fragment.type_condition.name.value)
        return wanted is kind or (
            not isinstance(wanted, GraphQLObjectType) and self.schema.is_sub_type(wanted, kind)
        )


def below(nodes: list[FieldNode]) -> list[SelectionSetNode]:
    """Take what is selected of the values of fields that answer as one."""
    return [node.selection_set for node in nodes if node.selection_set]
