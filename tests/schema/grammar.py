"""Random documents that the schema takes: of rows and pages of rows, and of what Python computes of them."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)

from schema.nodes import TYPES
from tests.schema.documents import GRAPH, required

DEPTH = 4
LONGEST = 6_000  # characters: within the limits of a document
OF_THE_CLOCK = {"fileUrl", "ageSeconds", "coverage"}  # they tell something else a second later
VARIABLES = (
    "$store: ID!, $node: ID!, $ids: [ID!]!, $first: Int, $yes: Boolean! = true, $no: Boolean!, "
    "$text: String, $range: DateRange, $amount: Decimal"
)
TEXTS = ("a", "Sésame", "%", "_", '"', "\\", "'", "';--", "雪", "#1", "2", "", " ", "e e", "\x00", "x" * 1001)
RANGES = (
    "24h",
    "7d",
    "30days",
    "this_week",
    "last_week",
    "this_month",
    "last_year",
    "2020-01-01..2030-01-01",
)
AMOUNTS = ("0", "1", "9.999", "-3", "0.30", "99999999999")


class Writer:
    """Writes documents by chance, valid and within the limits."""

    def __init__(self, chance: Random, *, plain: bool, rows: dict[str, str], cursors: dict[str, str]) -> None:
        """`plain` documents ask for nothing that Python computes; `cursors` are known ends of pages."""
        self.chance, self.plain, self.rows, self.cursors = chance, plain, rows, cursors
        self.aliases = 0
        self.fragments: list[str] = []

    def variables(self) -> dict[str, Any]:
        chance = self.chance
        return {
            "store": self.rows["Store"],
            "node": self.rows[chance.choice(sorted(self.rows))],
            "ids": [self.rows[name] for name in chance.sample(sorted(self.rows), chance.randint(0, 3))],
            "first": chance.choice([None, 1, 3]),
            "no": False,
            "text": chance.choice([None, *TEXTS]),
            "range": chance.choice([None, *RANGES]),
            "amount": chance.choice([None, *AMOUNTS]),
        }

    def document(self) -> str:
        """Write an operation, with its fragments; one that turned out too long is written again."""
        while True:
            self.aliases, self.fragments = 0, []
            tops = ["me", "store(id: $store)", "node(id: $node)", "nodes(ids: $ids)"]
            asked = [self._top(top) for top in self.chance.sample(tops, self.chance.randint(1, 3))]
            uses = "__typename @include(if: $yes) @skip(if: $no)"  # every variable is used
            bills = "filter: {search: $text, dateRange: $range, minTotal: $amount}, first: $first"
            first = f"unused: me {{ stores @skip(if: true) {{ bills({bills}) {{ totalCount }} }} id }}"
            some = "s: store(id: $store) { id } n: node(id: $node) { id } ns: nodes(ids: $ids) { id }"
            text = f"query Q({VARIABLES}) {{ {uses} {first} {some} {' '.join(asked)} }}"
            whole = " ".join([text, *self.fragments])
            if len(whole) < LONGEST:
                return whole

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
        if self.chance.random() < 0.1:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {kind.name} {{ {' '.join(parts)} }}")
            return f"...{name}{self._switch()} __typename"
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
        said, chance = [], self.chance
        if "first" in made.args and chance.random() < 0.7:
            said.append(f"first: {chance.choice(['0', '1', '2', '100', '$first'])}")
        order: Any = made.args.get("orderBy")
        if order is not None and chance.random() < 0.5:
            enum: Any = get_named_type(order.type)
            assert is_enum_type(enum)
            name = chance.choice(sorted(enum.values))
            said.append(f"orderBy: {name}")
            by: Any = enum.values[name].value
            known = self.cursors.get(getattr(by, "value", by)._name)
            if known and chance.random() < 0.5:
                said.append(f"after: {json.dumps(known)}")
        elif "page" in made.args and chance.random() < 0.1:
            said.append("page: 2, limit: 1")
        if "filter" in made.args and chance.random() < 0.4:
            said.append(f"filter: {self._input(get_named_type(made.args['filter'].type))}")
        return f"({', '.join(said)})" if said else ""

    def _input(self, kind: Any) -> str:
        names = self.chance.sample(sorted(kind.fields), self.chance.randint(0, min(3, len(kind.fields))))
        return "{" + ", ".join(f"{name}: {self._value(name, kind.fields[name].type)}" for name in names) + "}"

    def _value(self, name: str, type: Any) -> str:
        chance, type = self.chance, get_nullable_type(type)
        if is_list_type(type):
            return "[" + ", ".join(self._value(name, type.of_type) for _ in range(chance.randint(0, 2))) + "]"
        if is_enum_type(type):
            return str(chance.choice(sorted(type.values)))
        assert not is_input_object_type(type)
        literals = {
            "Boolean": ["true", "false", "null", "$yes"],
            "DateRange": ["$range", *map(json.dumps, RANGES)],
            "Decimal": ["$amount", *map(json.dumps, AMOUNTS)],
            "ID": [json.dumps(self.rows[self._named(name)])],
            "Int": ["0", "1"],
            "String": ["$text", *map(json.dumps, TEXTS)],
        }
        return chance.choice(literals[type.name])

    def _named(self, name: str) -> str:
        """Choose a row for an argument of this name: mostly of the type that it asks for."""
        kinds = [row for row in sorted(self.rows) if row.partition(":")[0].lower() == name.lower()]
        return self.chance.choice(kinds or ["User"])


def computed(kind: Any, name: str, made: GraphQLField) -> bool:
    """Tell whether a resolver of its own answers a field of a row."""
    definition: Any = made.extensions["strawberry-definition"]
    resolved = definition.base_resolver is not None and "plan" not in definition.metadata
    return kind.name in TYPES and name != "id" and resolved
