"""Brands, collections and products through HTTP: entered, changed, found, listed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Brand, Category, Collection, Product
from core.models import AuditEntry, Store
from core.roles import Role
from receipts.books import built_in
from schema import ids
from tests import shop
from tests.conftest import Person, person
from tests.schema.world import everything

ERRORS = "replayed userErrors { code field message }"
PRODUCT = f"""{{ product {{ id name sku barcode unit unitPrice cost currency tracksStock stockOnHand lowStock
  lowStockThreshold attributes archivedAt category {{ name }} brand {{ name }} collection {{ name }} }} {ERRORS} }}"""
CREATE = f"mutation ($input: CreateProductInput!) {{ createProduct(input: $input) {PRODUCT} }}"
UPDATE = f"mutation ($input: UpdateProductInput!) {{ updateProduct(input: $input) {PRODUCT} }}"
ARCHIVE = f"mutation ($input: ArchiveProductInput!) {{ archiveProduct(input: $input) {PRODUCT} }}"
THRESHOLD = (
    f"mutation ($input: SetLowStockThresholdInput!) {{ setLowStockThreshold(input: $input) {PRODUCT} }}"
)
BRAND = f"{{ brand {{ id name products {{ totalCount }} collections {{ totalCount }} }} {ERRORS} }}"
CREATE_BRAND = f"mutation ($input: CreateBrandInput!) {{ createBrand(input: $input) {BRAND} }}"
RENAME_BRAND = f"mutation ($input: RenameBrandInput!) {{ renameBrand(input: $input) {BRAND} }}"
MERGE_BRANDS = f"mutation ($input: MergeBrandsInput!) {{ mergeBrands(input: $input) {BRAND} }}"
COLLECTION = f"{{ collection {{ id name brand {{ name }} }} {ERRORS} }}"
CREATE_COLLECTION = (
    f"mutation ($input: CreateCollectionInput!) {{ createCollection(input: $input) {COLLECTION} }}"
)
UPDATE_COLLECTION = (
    f"mutation ($input: UpdateCollectionInput!) {{ updateCollection(input: $input) {COLLECTION} }}"
)


def the_id(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_product_is_added_with_all_that_is_known_of_it(owner: Person, ask: Any) -> None:
    artist = shop.brand(owner.store, "Queen")
    album = shop.collection(owner.store, "Jazz", brand=artist)
    attributes = {"composer": "Mercury", "milliseconds": 210_000, "tags": ["rock", None, True]}
    answer = said(
        ask,
        owner,
        CREATE,
        store=owner.store_id,
        name="  Mustapha  ",
        unitPrice="0.99",
        sku=" T-1 ",
        barcode="4006381333931",
        unit="piece",
        cost="0.50",
        category=the_id(shop.genre(owner.store, "Rock")),
        collection=the_id(album),
        lowStockThreshold="2",
        attributes=attributes,
        openingStock="1.5",
    )
    assert answer["userErrors"] == []
    made = answer["product"]
    del made["id"]
    assert made == {
        "name": "Mustapha",
        "sku": "T-1",
        "barcode": "4006381333931",
        "unit": "piece",
        "unitPrice": "0.99",
        "cost": "0.50",
        "currency": "EUR",
        "tracksStock": True,
        "stockOnHand": "1.500",
        "lowStock": True,
        "lowStockThreshold": "2.000",
        "attributes": attributes,
        "archivedAt": None,
        "category": {"name": "Rock"},
        "brand": {"name": "Queen"},  # its album's
        "collection": {"name": "Jazz"},
    }
    assert audited() == ["product.create", "stock.count"]


@pytest.mark.parametrize(
    ("document", "input", "model"),
    [
        (CREATE, {"name": "Song", "unitPrice": "1.00", "openingStock": "2"}, Product),
        (CREATE_BRAND, {"name": "Queen"}, Brand),
        (CREATE_COLLECTION, {"name": "Jazz"}, Collection),
    ],
)
def test_the_same_key_adds_once(owner: Person, ask: Any, document: str, input: Any, model: Any) -> None:
    input = {"store": owner.store_id, "idempotencyKey": "k", **input}
    first, again = said(ask, owner, document, **input), said(ask, owner, document, **input)
    assert {**first, "replayed": True} == again
    assert (first["replayed"], first["userErrors"]) == (False, [])
    assert refused(said(ask, owner, document, **{**input, "name": "Other"})) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert model.objects.count() == 1


DEEP: Any = {"a": [[[1]]]}
BAD = [
    ({"name": ""}, "REQUIRED", "name"),
    ({"name": "x" * 201}, "INVALID", "name"),
    ({"name": "a\x00"}, "INVALID", "name"),
    ({"unitPrice": "-0.01"}, "INVALID", "unitPrice"),
    ({"unitPrice": "0.001"}, "INVALID", "unitPrice"),
    ({"unitPrice": "1000000000000"}, "INVALID", "unitPrice"),
    ({"cost": "-1"}, "INVALID", "cost"),
    ({"sku": "x" * 65}, "INVALID", "sku"),
    ({"sku": "taken"}, "TAKEN", "sku"),
    ({"barcode": "123"}, "TAKEN", "barcode"),
    ({"unit": "x" * 21}, "INVALID", "unit"),
    ({"lowStockThreshold": "-1"}, "INVALID", "lowStockThreshold"),
    ({"attributes": ["no object"]}, "INVALID", "attributes"),
    ({"attributes": {"x" * 41: 1}}, "INVALID", "attributes"),
    ({"attributes": {"": 1}}, "INVALID", "attributes"),
    ({"attributes": {str(number): number for number in range(51)}}, "INVALID", "attributes"),
    ({"attributes": {"text": "x" * 8000}}, "INVALID", "attributes"),
    ({"attributes": {"text": "a\x00b"}}, "INVALID", "attributes"),
    ({"attributes": DEEP}, "INVALID", "attributes"),
]


@pytest.mark.parametrize(("values", "code", "field"), BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(
    owner: Person, ask: Any, values: dict[str, Any], code: str, field: str
) -> None:
    shop.product(owner.store, sku="TAKEN", barcode="123")
    product = shop.product(owner.store)
    before = everything()
    new = {"store": owner.store_id, "name": "New", "unitPrice": "1", "idempotencyKey": "k", **values}
    for answer in (
        said(ask, owner, CREATE, **new),
        said(ask, owner, UPDATE, product=the_id(product), **values),
    ):
        assert (answer["product"], refused(answer)) == (None, [(code, [field])])
    assert everything() == before


@pytest.mark.parametrize("field", ["name", "unitPrice", "tracksStock"])
def test_what_a_product_must_have_cannot_be_emptied(owner: Person, ask: Any, field: str) -> None:
    product = shop.product(owner.store)
    before = everything()
    answer = said(ask, owner, UPDATE, product=the_id(product), **{field: None})
    assert refused(answer) == [("REQUIRED", [field])]
    assert everything() == before


def test_what_keeps_no_stock_opens_with_none(owner: Person, ask: Any) -> None:
    new = {"store": owner.store_id, "name": "Song", "unitPrice": "1", "tracksStock": False}
    before = everything()
    assert refused(said(ask, owner, CREATE, **new, openingStock="1")) == [("INVALID", ["openingStock"])]
    assert everything() == before
    assert said(ask, owner, CREATE, **new)["product"]["tracksStock"] is False


def test_numbers_are_once_in_a_store_and_free_in_another(owner: Person, stranger: Person, ask: Any) -> None:
    shop.product(stranger.store, sku="A", barcode="1")
    for _ in range(2):
        assert said(ask, owner, CREATE, store=owner.store_id, name="None", unitPrice="1")["userErrors"] == []
    answer = said(ask, owner, CREATE, store=owner.store_id, name="X", unitPrice="1", sku="a", barcode="1")
    assert answer["userErrors"] == []


def test_a_product_is_changed_and_what_is_left_out_stays(owner: Person, ask: Any) -> None:
    queen = shop.brand(owner.store, "Queen")
    product = shop.product(owner.store, on_hand="3", name="Old", sku="A", cost=Decimal(1), brand=queen)
    changes = {"name": "New", "cost": None, "sku": None, "attributes": {"bytes": 1}}
    changed = said(ask, owner, UPDATE, product=the_id(product), **changes)["product"]
    assert (changed["name"], changed["cost"], changed["sku"]) == ("New", None, "")
    assert (changed["unitPrice"], changed["brand"], changed["stockOnHand"]) == (
        "2.50",
        {"name": "Queen"},
        "3.000",
    )
    assert said(ask, owner, UPDATE, product=the_id(product), brand=None)["product"]["brand"] is None
    entry = AuditEntry.objects.filter(action="product.update").order_by("pk")[0]
    assert (entry.before["name"], entry.after["name"], entry.actor) == ("Old", "New", owner.user)


def test_what_a_product_refers_to_is_of_its_store(owner: Person, stranger: Person, ask: Any) -> None:
    product = shop.product(owner.store)
    second = Store.objects.create(name="Second", currency="EUR")
    owner.user.memberships.create(store=second, role=Role.OWNER)
    before = everything()
    for store, code in ((second, "INVALID"), (stranger.store, "NOT_FOUND")):
        with_rows = {
            "brand": shop.brand(store),
            "collection": shop.collection(store),
            "category": shop.genre(store),
        }
        before = everything()
        for field, row in with_rows.items():
            answer = said(ask, owner, UPDATE, product=the_id(product), **{field: the_id(row)})
            assert refused(answer) == [(code, [field])]
    expense = said(ask, owner, UPDATE, product=the_id(product), category=the_id(built_in("groceries")))
    assert refused(expense) == [("INVALID", ["category"])]
    assert everything() == before


def test_a_product_is_archived_and_brought_back(owner: Person, ask: Any) -> None:
    product = shop.product(owner.store, on_hand="1")
    for _ in range(2):
        assert said(ask, owner, ARCHIVE, product=the_id(product))["product"]["archivedAt"]
    assert said(ask, owner, ARCHIVE, product=the_id(product), archived=False)["product"]["archivedAt"] is None
    assert audited() == ["stock.count", "product.archive", "product.restore"]


def test_a_threshold_is_set_and_taken_away(owner: Person, ask: Any) -> None:
    product = the_id(shop.product(owner.store, on_hand="1"))
    shown = said(ask, owner, THRESHOLD, product=product, threshold="1")["product"]
    assert (shown["lowStockThreshold"], shown["lowStock"]) == ("1.000", True)
    assert said(ask, owner, THRESHOLD, product=product, threshold=None)["product"]["lowStock"] is False
    assert refused(said(ask, owner, THRESHOLD, product=product, threshold="-1")) == [
        ("INVALID", ["threshold"])
    ]


def test_a_brand_is_added_renamed_and_merged(owner: Person, ask: Any) -> None:
    queen = said(ask, owner, CREATE_BRAND, store=owner.store_id, name=" Queen ")["brand"]
    assert refused(said(ask, owner, CREATE_BRAND, store=owner.store_id, name="QUEEN")) == [
        ("TAKEN", ["name"])
    ]
    twin = shop.brand(owner.store, "Qeen")
    shop.product(owner.store, brand=twin, collection=shop.collection(owner.store, brand=twin))
    assert refused(said(ask, owner, RENAME_BRAND, brand=the_id(twin), name="queen")) == [("TAKEN", ["name"])]
    merged = said(ask, owner, MERGE_BRANDS, source=the_id(twin), into=queen["id"])["brand"]
    assert (merged["name"], merged["products"], merged["collections"]) == (
        "Queen",
        {"totalCount": 1},
        {"totalCount": 1},
    )
    assert said(ask, owner, RENAME_BRAND, brand=queen["id"], name="QUEEN")["brand"]["name"] == "QUEEN"
    assert refused(said(ask, owner, MERGE_BRANDS, source=queen["id"], into=queen["id"])) == [
        ("INVALID", ["into"])
    ]
    assert audited() == ["brand.create", "brand.merge", "brand.rename"]


def test_a_collection_is_added_and_changed(owner: Person, stranger: Person, ask: Any) -> None:
    queen = shop.brand(owner.store, "Queen")
    made = said(ask, owner, CREATE_COLLECTION, store=owner.store_id, name="Jazz", brand=the_id(queen))[
        "collection"
    ]
    assert made["brand"] == {"name": "Queen"}
    changed = said(ask, owner, UPDATE_COLLECTION, collection=made["id"], name="Jazz II")["collection"]
    assert (changed["name"], changed["brand"]) == ("Jazz II", {"name": "Queen"})
    assert (
        said(ask, owner, UPDATE_COLLECTION, collection=made["id"], brand=None)["collection"]["brand"] is None
    )
    theirs = the_id(shop.brand(stranger.store))
    before = everything()
    for answer in (
        said(ask, owner, UPDATE_COLLECTION, collection=made["id"], brand=theirs),
        said(ask, owner, CREATE_COLLECTION, store=owner.store_id, name="X", brand=theirs),
    ):
        assert refused(answer) == [("NOT_FOUND", ["brand"])]
    assert refused(said(ask, owner, UPDATE_COLLECTION, collection=made["id"], name=None)) == [
        ("REQUIRED", ["name"])
    ]
    assert everything() == before


def test_a_merge_of_categories_takes_their_products_along(owner: Person, ask: Any) -> None:
    rock, pop = shop.genre(owner.store), shop.genre(owner.store)
    product = shop.product(owner.store, category=rock)
    merge = (
        "mutation ($input: MergeCategoriesInput!) { mergeCategories(input: $input) { userErrors { code } } }"
    )
    assert said(ask, owner, merge, source=the_id(rock), into=the_id(pop))["userErrors"] == []
    product.refresh_from_db()
    assert product.category == pop
    assert not Category.objects.filter(pk=rock.pk).exists()


def test_only_who_may_changes_the_catalogue(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    product, brand = the_id(shop.product(owner.store)), the_id(shop.brand(owner.store))
    other, collection = the_id(shop.brand(owner.store)), the_id(shop.collection(owner.store))
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    acts = [
        (CREATE, {"store": owner.store_id, "name": "X", "unitPrice": "1"}),
        (UPDATE, {"product": product, "name": "X"}),
        (ARCHIVE, {"product": product}),
        (THRESHOLD, {"product": product, "threshold": "1"}),
        (CREATE_BRAND, {"store": owner.store_id, "name": "X"}),
        (RENAME_BRAND, {"brand": brand, "name": "X"}),
        (MERGE_BRANDS, {"source": brand, "into": other}),
        (CREATE_COLLECTION, {"store": owner.store_id, "name": "X"}),
        (UPDATE_COLLECTION, {"collection": collection, "name": "X"}),
    ]
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
        for reader in (colleague, accountant):
            assert ask(reader, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before


def names(ask: Any, who: Person, filter: str = "", order: str = "NAME_ASC") -> list[str]:
    document = f"{{ me {{ stores {{ products(filter: {{{filter}}}, orderBy: {order}) {{ totalCount nodes {{ name }} }} }} }} }}"
    page = ask(who, document).data["me"]["stores"][0]["products"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


def test_products_are_found_by_what_they_are(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    queen, rock = shop.brand(owner.store, "Queen"), shop.genre(owner.store)
    jazz = shop.collection(owner.store, "Jazz 100%")
    shop.product(owner.store, name="Mustapha", brand=queen, collection=jazz, unit_price=Decimal("0.99"))
    shop.product(owner.store, name="Überall", sku="T-2", category=rock, unit_price=Decimal("1.99"))
    shop.product(
        owner.store, name="Old", barcode="4006", archived_at="2026-01-01T00:00:00Z", tracks_stock=False
    )
    shop.product(stranger.store, name="Theirs")
    for who in (owner, colleague):
        assert names(ask, who) == ["Mustapha", "Old", "Überall"]
    cases = {
        'search: "QUEEN"': ["Mustapha"],
        'search: "100%"': ["Mustapha"],
        'search: "über"': ["Überall"],
        'search: "t-2"': ["Überall"],
        'search: "4006"': ["Old"],
        'search: "%"': ["Mustapha"],
        'search: "  "': ["Mustapha", "Old", "Überall"],
        f'brand: "{the_id(queen)}"': ["Mustapha"],
        f'collection: "{the_id(jazz)}"': ["Mustapha"],
        f'category: "{the_id(rock)}"': ["Überall"],
        "archived: true": ["Old"],
        "archived: false": ["Mustapha", "Überall"],
        "tracksStock: false": ["Old"],
        'minPrice: "0.995", maxPrice: "1.99"': ["Überall"],
        'maxPrice: "0.995"': ["Mustapha"],
    }
    assert {filter: names(ask, owner, filter) for filter in cases} == cases
    assert names(ask, owner, order="PRICE_DESC") == ["Old", "Überall", "Mustapha"]


@pytest.mark.parametrize(
    "filter", ['brand: "x"', f'brand: "{ids.encode("Collection", 1)}"', 'minPrice: "NaN"']
)
def test_a_filter_that_is_none_is_refused(owner: Person, ask: Any, filter: str) -> None:
    document = f"{{ me {{ stores {{ products(filter: {{{filter}}}) {{ totalCount }} }} }} }}"
    assert ask(owner, document).codes == ["BAD_USER_INPUT"]


EVERYTHING = """{ me { stores { products(first: 100) { totalCount nodes { name currency lowStock category { name } brand { name }
  collection { name brand { name } } stockMoves(first: 2) { totalCount nodes { kind user { email } item { description } } } } }
  brands { nodes { name products(first: 2) { totalCount nodes { name } } collections { nodes { name } } } }
  collections { nodes { name products { nodes { name } } } } lowStock { totalCount nodes { name } } } } }"""


def test_a_hundred_products_cost_as_many_statements_as_one(owner: Person, ask: Any, statements: Any) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            brand = shop.brand(owner.store)
            album = shop.collection(owner.store, brand=brand)
            shop.product(
                owner.store,
                on_hand="1",
                brand=brand,
                collection=album,
                category=shop.genre(owner.store),
                low_stock_threshold=1,
            )

    add(1)
    with statements() as one:
        ask(owner, EVERYTHING).data  # noqa: B018
    add(30)
    with statements() as many:
        store = ask(owner, EVERYTHING).data["me"]["stores"][0]
    assert store["products"]["totalCount"] == len(store["products"]["nodes"]) == 31
    assert len(many) == len(one), [query["sql"][:90] for query in many]
