"""Customers through HTTP: entered, changed, found, put away."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import AuditEntry
from core.roles import Role
from sales.models import Customer
from schema import ids
from tests import shop
from tests.conftest import Person, person
from tests.schema.world import everything

FIELDS = "firstName lastName company address city state country postalCode phone fax email notes"
CUSTOMER = f"{{ customer {{ id name archivedAt {FIELDS} }} replayed userErrors {{ code field }} }}"
CREATE = f"mutation ($input: CreateCustomerInput!) {{ createCustomer(input: $input) {CUSTOMER} }}"
UPDATE = f"mutation ($input: UpdateCustomerInput!) {{ updateCustomer(input: $input) {CUSTOMER} }}"
ARCHIVE = f"mutation ($input: ArchiveCustomerInput!) {{ archiveCustomer(input: $input) {CUSTOMER} }}"
LUIS = {
    "firstName": "Luís",
    "lastName": "Gonçalves",
    "company": "Embraer",
    "address": "Av. Brigadeiro 2170",
    "city": "São José dos Campos",
    "state": "SP",
    "country": "Brazil",
    "postalCode": "12227-000",
    "phone": "+55 12 3923-5555",
    "fax": "+55 12 3923-5566",
    "email": "luisg@example.com",
    "notes": "Pays on time",
}


def the_id(customer: Customer) -> str:
    return ids.encode("Customer", customer.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def test_a_customer_is_entered_by_the_staff_with_every_field(colleague: Person, ask: Any) -> None:
    answer = said(ask, colleague, CREATE, store=colleague.store_id, **LUIS)
    assert answer["userErrors"] == []
    shown = answer["customer"]
    assert {name: shown[name] for name in LUIS} == LUIS
    assert (shown["name"], shown["archivedAt"]) == ("Luís Gonçalves", None)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after["city"]) == (
        "customer.create",
        colleague.user,
        LUIS["city"],
    )


def test_the_same_key_enters_a_customer_once(owner: Person, ask: Any) -> None:
    input = {"store": owner.store_id, "idempotencyKey": "k", **LUIS}
    first, again = said(ask, owner, CREATE, **input), said(ask, owner, CREATE, **input)
    assert {**first, "replayed": True} == again
    assert refused(said(ask, owner, CREATE, **{**input, "city": "Rio"})) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert Customer.objects.count() == 1


BAD = [
    ({"email": "no address"}, "INVALID", ["email"]),
    ({"firstName": "x" * 101}, "INVALID", ["firstName"]),
    ({"postalCode": "x" * 21}, "INVALID", ["postalCode"]),
    ({"notes": "x" * 1001}, "INVALID", ["notes"]),
    ({"city": "a\x00b"}, "INVALID", ["city"]),
    ({"firstName": " ", "lastName": None, "company": "", "email": "", "phone": None}, "REQUIRED", []),
]


@pytest.mark.parametrize(("values", "code", "field"), BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(
    owner: Person, ask: Any, values: dict[str, Any], code: str, field: list[str]
) -> None:
    customer = shop.customer(owner.store)
    before = everything()
    new = {"store": owner.store_id, "idempotencyKey": "k", **LUIS, **values}
    for answer in (
        said(ask, owner, CREATE, **new),
        said(ask, owner, UPDATE, customer=the_id(customer), **values),
    ):
        assert (answer["customer"], refused(answer)) == (None, [(code, field)])
    assert everything() == before


def test_a_customer_is_changed_and_what_is_left_out_stays(owner: Person, ask: Any) -> None:
    customer = shop.customer(owner.store, city="Rio", company="Embraer")
    changes = {"firstName": None, "lastName": None, "phone": "1"}
    changed = said(ask, owner, UPDATE, customer=the_id(customer), **changes)["customer"]
    assert (changed["firstName"], changed["city"], changed["phone"], changed["name"]) == (
        "",
        "Rio",
        "1",
        "Embraer",
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before["first_name"], entry.after["first_name"]) == (
        "customer.update",
        "Luís",
        "",
    )


def test_a_customer_is_put_away_and_brought_back(owner: Person, ask: Any) -> None:
    customer = the_id(shop.customer(owner.store))
    for _ in range(2):
        assert said(ask, owner, ARCHIVE, customer=customer)["customer"]["archivedAt"]
    assert said(ask, owner, ARCHIVE, customer=customer, archived=False)["customer"]["archivedAt"] is None
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["customer.archive", "customer.restore"]


def found(ask: Any, who: Person, filter: str = "", order: str = "LAST_NAME_ASC") -> list[str]:
    document = f"{{ me {{ stores {{ customers(filter: {{{filter}}}, orderBy: {order}) {{ totalCount nodes {{ name }} }} }} }} }}"
    page = ask(who, document).data["me"]["stores"][0]["customers"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


def test_customers_are_found_by_what_is_known_of_them(owner: Person, stranger: Person, ask: Any) -> None:
    shop.customer(owner.store, first_name="Luís", last_name="Abreu", country="Brazil", city="Rio")
    shop.customer(
        owner.store, first_name="Leonie", last_name="Köhler", country="Germany", email="leonie@example.com"
    )
    shop.customer(owner.store, first_name="Ana", last_name="Zorn", archived_at="2026-01-01T00:00:00Z")
    shop.customer(stranger.store, last_name="Theirs")
    everybody = ["Luís Abreu", "Leonie Köhler", "Ana Zorn"]
    for role in (Role.ACCOUNTANT, Role.STAFF):
        member = person(f"{role}@example.com".lower(), store=owner.store, role=role)
        assert found(ask, member) == everybody
    cases = {
        'search: "KÖHLER"': ["Leonie Köhler"],
        'search: "leonie köhler"': ["Leonie Köhler"],
        'search: "leonie abreu"': [],
        'search: "leonie@"': ["Leonie Köhler"],
        'search: "brazil"': ["Luís Abreu"],
        'country: "GERMANY"': ["Leonie Köhler"],
        'city: "rio"': ["Luís Abreu"],
        'city: "\\u0000"': [],
        "archived: true": ["Ana Zorn"],
        "archived: false": everybody[:2],
    }
    assert {filter: found(ask, owner, filter) for filter in cases} == cases
    assert found(ask, owner, order="LAST_NAME_DESC") == everybody[::-1]


def test_only_who_may_changes_customers(owner: Person, stranger: Person, ask: Any) -> None:
    customer = the_id(shop.customer(owner.store))
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    acts = [
        (CREATE, {"store": owner.store_id, "firstName": "X"}),
        (UPDATE, {"customer": customer, "firstName": "X"}),
        (ARCHIVE, {"customer": customer}),
    ]
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
        assert ask(accountant, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before


def test_a_hundred_customers_cost_as_many_statements_as_one(owner: Person, ask: Any, statements: Any) -> None:
    document = f"{{ me {{ stores {{ customers(first: 100) {{ totalCount nodes {{ name store {{ name }} {FIELDS} }} }} }} }} }}"
    shop.customer(owner.store)
    with statements() as one:
        ask(owner, document).data  # noqa: B018
    for _ in range(99):
        shop.customer(owner.store)
    with statements() as many:
        page = ask(owner, document).data["me"]["stores"][0]["customers"]
    assert len(page["nodes"]) == page["totalCount"] == 100
    assert len(many) == len(one), [query["sql"][:90] for query in many]
