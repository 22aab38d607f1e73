"""Documents that are sent again: answered as ever, without being found valid again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from schema import remembered
from schema.limits import MAX_LIST_INPUT
from tests.conftest import Person

IDS = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture(autouse=True)
def _nothing_is_known_yet() -> Iterator[None]:
    remembered.valid.clear()
    yield
    remembered.valid.clear()


def known() -> list[str]:
    return [text for _, text in remembered.valid]


def test_a_document_is_kept_and_answered_for_each_caller_and_value(
    owner: Person, stranger: Person, ask: Any
) -> None:
    for who in (owner, owner, stranger):
        assert ask(who, IDS, ids=[who.store_id]).data == {"nodes": [{"id": who.store_id}]}
        assert known() == [IDS]
    assert ask(stranger, IDS, ids=[owner.store_id]).data == {"nodes": [None]}
    assert ask(None, IDS, ids=[owner.store_id]).codes == ["UNAUTHENTICATED"]
    assert ask(owner, IDS, ids=7).codes == ["BAD_USER_INPUT"]


def test_what_is_known_is_not_parsed_again(owner: Person, ask: Any) -> None:
    ask(owner, "{ me { id } }")
    other = next(iter(remembered.valid.values()))
    ask(owner, "{ me { email } }")
    schema, _ = next(iter(remembered.valid))
    remembered.valid[schema, "{ me { email } }"] = other
    assert ask(owner, "{ me { email } }").data["me"].keys() == {"id"}


def test_the_limits_of_variables_hold_for_a_known_document_too(owner: Person, ask: Any) -> None:
    assert ask(owner, IDS, ids=[]).data == {"nodes": []}
    assert ask(owner, IDS, ids=[owner.store_id] * (MAX_LIST_INPUT + 1)).codes == ["BAD_USER_INPUT"]
    assert ask(owner, IDS, ids=[]).data == {"nodes": []}


@pytest.mark.parametrize(
    "document", ["{", "{ nope }", "{ me { " + "id " * 200 + "} }", "{ me { id } } # " + "x" * 100_000]
)
def test_what_is_not_valid_or_too_long_is_not_kept(owner: Person, ask: Any, document: str) -> None:
    first = ask(owner, document)
    assert known() == []
    assert ask(owner, document).codes == first.codes


def test_nobody_fills_the_memory_without_signing_in(ask: Any, db: None) -> None:
    assert ask(None, "{ health { ok } }").data["health"]["ok"]
    assert known() == []


def test_those_used_last_are_kept(owner: Person, ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(remembered, "MAX_CHARACTERS", 50)
    for name in "abac":
        ask(owner, f"query {name} {{ me {{ id }} }}")
    assert [text[6] for text in known()] == ["a", "c"]
