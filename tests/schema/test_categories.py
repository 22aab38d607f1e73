"""Categories: the built-in ones, and a store's own."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Category
from core.models import AuditEntry, Store
from core.roles import Role
from receipts.books import built_in
from receipts.categories import BUILT_IN
from receipts.models import Merchant
from schema import ids
from tests import books
from tests.conftest import Person, person
from tests.ledger import audited, everything

CREATE = """mutation ($input: CreateCategoryInput!) { createCategory(input: $input) {
  category { id name kind builtIn parent { name } } replayed userErrors { code message field } } }"""
RENAME = """mutation ($input: RenameCategoryInput!) { renameCategory(input: $input) {
  category { id name } userErrors { code message field } } }"""
MERGE = """mutation ($input: MergeCategoriesInput!) { mergeCategories(input: $input) {
  category { id name } userErrors { code message field } } }"""
LIST = "query ($kind: CategoryKind) { me { stores { categories(kind: $kind) { name kind builtIn } } } }"


def the_id(category: Category) -> str:
    return ids.encode("Category", category.pk)


def own(store: Store, name: str = "Flour", **fields: Any) -> Category:
    return Category.objects.create(store=store, name=name, **fields)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def test_a_store_sees_the_built_in_categories_and_its_own(owner: Person, stranger: Person, ask: Any) -> None:
    own(owner.store, "Mine")
    own(owner.store, "For sale", kind="PRODUCT")
    own(stranger.store, "Theirs")
    listed = ask(owner, LIST).data["me"]["stores"][0]["categories"]
    names = [category["name"] for category in listed]
    assert set(names) == {*BUILT_IN.values(), "Mine", "For sale"}
    assert {category["name"] for category in listed if not category["builtIn"]} == {"Mine", "For sale"}
    sold = ask(owner, LIST, kind="PRODUCT").data["me"]["stores"][0]["categories"]
    assert [category["name"] for category in sold] == ["For sale"]


def test_a_category_is_added(owner: Person, ask: Any) -> None:
    parent = the_id(built_in("groceries"))
    answer = said(ask, owner, CREATE, store=owner.store_id, name="  Flour  & yeast ", parent=parent)
    assert answer["userErrors"] == []
    category = answer["category"]
    assert (category["name"], category["kind"], category["builtIn"]) == ("Flour & yeast", "EXPENSE", False)
    assert category["parent"] == {"name": "Groceries"}
    assert audited() == ["category.create"]


def test_the_same_key_adds_a_category_once(owner: Person, ask: Any) -> None:
    input = {"store": owner.store_id, "name": "Flour", "idempotencyKey": "k"}
    first, again = said(ask, owner, CREATE, **input), said(ask, owner, CREATE, **input)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["category"] == again["category"]
    assert refused(said(ask, owner, CREATE, **{**input, "name": "Rye"})) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert Category.objects.filter(store=owner.store).count() == 1


BAD_NAMES = [
    ("", "REQUIRED"),
    ("  ", "REQUIRED"),
    ("x" * 101, "INVALID"),
    ("a\x00b", "INVALID"),
    ("TAKEN", "TAKEN"),
    ("groceries", "TAKEN"),  # a built-in one's
    ("Health  &  PHARMACY", "TAKEN"),
]


@pytest.mark.parametrize(("name", "code"), BAD_NAMES)
def test_a_name_that_cannot_be_is_refused(owner: Person, ask: Any, name: str, code: str) -> None:
    own(owner.store, "taken")
    mine = own(owner.store)
    before = everything()
    created = said(ask, owner, CREATE, store=owner.store_id, name=name, idempotencyKey="k")
    renamed = said(ask, owner, RENAME, category=the_id(mine), name=name)
    for answer in (created, renamed):
        assert (answer["category"], refused(answer)) == (None, [(code, ["name"])])
    assert everything() == before


def test_a_name_is_free_in_another_kind_and_another_store(owner: Person, stranger: Person, ask: Any) -> None:
    own(stranger.store, "Flour")
    assert said(ask, owner, CREATE, store=owner.store_id, name="Flour")["userErrors"] == []
    assert said(ask, owner, CREATE, store=owner.store_id, name="Flour", kind="PRODUCT")["userErrors"] == []


def test_a_parent_is_of_the_same_kind_and_in_sight(owner: Person, stranger: Person, ask: Any) -> None:
    second = Store.objects.create(name="Second", currency="EUR")
    owner.user.memberships.create(store=second, role=Role.OWNER)
    cases = [
        (own(owner.store, kind="PRODUCT"), "INVALID"),
        (own(second), "INVALID"),
        (own(stranger.store), "NOT_FOUND"),
    ]
    before = everything()
    for parent, code in cases:
        answer = said(ask, owner, CREATE, store=owner.store_id, name="Child", parent=the_id(parent))
        assert refused(answer) == [(code, ["parent"])]
    assert everything() == before


def test_a_store_has_at_most_three_hundred_of_its_own(owner: Person, ask: Any) -> None:
    Category.objects.bulk_create(Category(store=owner.store, name=f"C{number}") for number in range(300))
    before = everything()
    assert refused(said(ask, owner, CREATE, store=owner.store_id, name="One more")) == [("CONFLICT", [])]
    assert everything() == before


def test_a_category_is_renamed(owner: Person, ask: Any) -> None:
    mine = own(owner.store)
    assert said(ask, owner, RENAME, category=the_id(mine), name="FLOUR")["category"]["name"] == "FLOUR"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["name"], entry.after["name"]) == ("category.rename", "Flour", "FLOUR")


def test_a_built_in_category_cannot_be_changed(owner: Person, ask: Any) -> None:
    groceries, mine = the_id(built_in("groceries")), the_id(own(owner.store))
    before = everything()
    assert ask(owner, RENAME, input={"category": groceries, "name": "X"}).codes == ["FORBIDDEN"]
    assert ask(owner, MERGE, input={"source": groceries, "into": mine}).codes == ["FORBIDDEN"]
    assert everything() == before


def test_a_merge_moves_bills_items_merchants_and_children(owner: Person, ask: Any) -> None:
    source, groceries = own(owner.store), built_in("groceries")
    child = own(owner.store, "Rye flour", parent=source)
    bill = books.bill(owner.store, category=source)
    item = books.item(books.bill(owner.store), category=source)
    merchant = Merchant.objects.create(store=owner.store, name="Mill", category=source)
    answer = said(ask, owner, MERGE, source=the_id(source), into=the_id(groceries))
    assert answer == {"category": {"id": the_id(groceries), "name": "Groceries"}, "userErrors": []}
    for row in (bill, item, merchant, child):
        row.refresh_from_db()
    assert {bill.category, item.category, merchant.category, child.parent} == {groceries}
    assert not Category.objects.filter(pk=source.pk).exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["bills"], entry.before["items"]) == ("category.merge", 1, 1)
    again = said(ask, owner, MERGE, source=the_id(source), into=the_id(groceries))
    assert refused(again) == [("NOT_FOUND", ["source"])]


@pytest.mark.parametrize("place", [1, 2])
def test_a_merge_into_what_is_below_puts_nothing_under_itself(owner: Person, ask: Any, place: int) -> None:
    top = own(owner.store, "Top")
    chain = [own(owner.store, "0", parent=top)]
    for name in ("1", "2"):
        chain.append(own(owner.store, name, parent=chain[-1]))
    answer = said(ask, owner, MERGE, source=the_id(chain[0]), into=the_id(chain[place]))
    assert answer["userErrors"] == []
    for category in Category.objects.filter(store=owner.store):
        seen, above = {category.pk}, category.parent
        while above is not None:
            assert above.pk not in seen, "a circle"
            seen.add(above.pk)
            above = above.parent
        assert top.pk in seen
    assert Category.objects.filter(store=owner.store).count() == 3


def test_categories_that_do_not_fit_are_not_merged(owner: Person, ask: Any) -> None:
    mine, sold = own(owner.store), own(owner.store, "Sold", kind="PRODUCT")
    second = Store.objects.create(name="Second", currency="EUR")
    owner.user.memberships.create(store=second, role=Role.OWNER)
    there = own(second)
    before = everything()
    for into in (mine, sold, there):
        answer = said(ask, owner, MERGE, source=the_id(mine), into=the_id(into))
        assert (answer["category"], refused(answer)) == (None, [("INVALID", ["into"])])
    assert everything() == before


def test_only_who_may_changes_categories(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    mine, theirs = own(owner.store), own(stranger.store, "Theirs")
    acts = [
        (CREATE, {"store": owner.store_id, "name": "New"}),
        (RENAME, {"category": the_id(mine), "name": "New"}),
        (MERGE, {"source": the_id(mine), "into": the_id(built_in("other"))}),
        (MERGE, {"source": the_id(theirs), "into": the_id(mine)}),
    ]
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
    for document, input in acts[:3]:
        for reader in (colleague, accountant):
            assert ask(reader, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before
