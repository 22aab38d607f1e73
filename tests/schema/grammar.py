"""Random documents that the schema takes, of rows and pages of rows."""

from __future__ import annotations

from random import Random
from typing import Any

from graphql import GraphQLField, get_named_type, is_enum_type, is_leaf_type, is_object_type

from schema.nodes import TYPES
from tests.schema.documents import GRAPH, required

DEPTH = 4
OF_THE_CLOCK = {"fileUrl", "ageSeconds"}  # they tell something else a second later
VARIABLES = "$store: ID!, $node: ID!, $first: Int, $yes: Boolean! = true, $no: Boolean!"


class Writer:
    """Writes documents by chance, valid and within the limits."""

    def __init__(self, chance: Random, *, plain: bool) -> None:
        """`plain` documents ask for nothing that Python computes."""
        self.chance, self.plain = chance, plain
        self.aliases = 0

    def document(self) -> str:
        tops = ["me", "store(id: $store)", "node(id: $node)"]
        asked = [self._top(top) for top in self.chance.sample(tops, self.chance.randint(1, 3))]
        uses = "__typename @include(if: $yes) @skip(if: $no)"  # every variable is used
        first = "unused: me { stores @skip(if: true) { bills(first: $first) { totalCount } } id }"
        some = "s: store(id: $store) { id } n: node(id: $node) { id }"
        return f"query Q({VARIABLES}) {{ {uses} {first} {some} {' '.join(asked)} }}"

    def _top(self, top: str) -> str:
        if top.startswith("node"):
            parts = [
                f"... on {name} {{ {self.selection(GRAPH.type_map[name], DEPTH)} }}"
                for name in self.chance.sample(sorted(TYPES), 4)
            ]
            return f"{top} {{ __typename id {' '.join(parts)} }}"
        kind = GRAPH.type_map["User" if top == "me" else "Store"]
        return f"{top} {{ {self.selection(kind, DEPTH)} }}"

    def selection(self, kind: Any, depth: int) -> str:
        """Ask for some fields of a type."""
        fields = [(name, made) for name, made in kind.fields.items() if self._fits(kind, name, made, depth)]
        chosen = self.chance.sample(fields, min(len(fields), self.chance.randint(1, 6)))
        parts = [self._field(name, made, depth) for name, made in chosen]
        if self.chance.random() < 0.2:
            parts.append("__typename")
        if kind.name in TYPES and self.chance.random() < 0.3:
            parts.append(f"... on Node {{ id ... on {kind.name} {{ {self.chance.choice(parts)} }} }}")
        return " ".join(parts)

    def _fits(self, kind: Any, name: str, made: GraphQLField, depth: int) -> bool:
        if name in OF_THE_CLOCK or any(map(required, made.args.values())):
            return False
        below = get_named_type(made.type)
        if self.plain and computed(kind, name, made):
            return False
        return is_leaf_type(below) or (is_object_type(below) and depth > 0)

    def _field(self, name: str, made: GraphQLField, depth: int) -> str:
        below: Any = get_named_type(made.type)
        asked = f"{name}{self._arguments(made)}{self._switch()}"
        if self.aliases < 8 and self.chance.random() < 0.1:
            self.aliases += 1
            asked = f"a{self.aliases}: {asked}"
        return asked if is_leaf_type(below) else f"{asked} {{ {self.selection(below, depth - 1)} }}"

    def _switch(self) -> str:
        return self.chance.choice([""] * 8 + [" @include(if: $yes)", " @skip(if: $yes)", " @skip(if: $no)"])

    def _arguments(self, made: GraphQLField) -> str:
        said = []
        if "first" in made.args and self.chance.random() < 0.7:
            said.append(f"first: {self.chance.choice(['0', '1', '2', '100', '$first'])}")
        order: Any = made.args.get("orderBy")
        if order is not None and self.chance.random() < 0.5:
            enum: Any = get_named_type(order.type)
            assert is_enum_type(enum)
            said.append(f"orderBy: {self.chance.choice(sorted(enum.values))}")
        return f"({', '.join(said)})" if said else ""


def computed(kind: Any, name: str, made: GraphQLField) -> bool:
    """Tell whether a resolver of its own answers a field of a row."""
    definition: Any = made.extensions["strawberry-definition"]
    resolved = definition.base_resolver is not None and "plan" not in definition.metadata
    return kind.name in TYPES and name != "id" and resolved
