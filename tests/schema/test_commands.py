"""What holds for every command on the rows of a store, in a world that they share."""

from __future__ import annotations

import pytest

from tests.conftest import Person
from tests.schema import documents
from tests.schema.world import COMMANDS, Rows, World, carry_out, everything, fill

KEYED = {name for name in COMMANDS if "idempotencyKey" in documents.input_of(name).fields}


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.fixture
def rows(world: World) -> Rows:
    return world.rows


@pytest.mark.parametrize("name", sorted(KEYED))
def test_a_command_sent_twice_with_its_key_changes_nothing_more(owner: Person, rows: Rows, name: str) -> None:
    template = {**COMMANDS[name], "idempotencyKey": "once"}
    first = carry_out(owner, name, fill(template, rows)).data[name]
    assert (first["userErrors"], first["replayed"]) == ([], False)
    before = everything()
    second = carry_out(owner, name, fill(template, rows)).data[name]
    assert (second["userErrors"], second["replayed"]) == ([], True)
    assert everything() == before
