"""The operations, in the words of each contender, and how their answers are brought into one form."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from books import BILLS, DESK, FIRST_DAY, LAST_DAY, owner

OPERATIONS = {
    "Q1": "a page of 50 bills with 10 items each, and their categories",
    "Q2": "who asks, and one bill",
    "Q3": "24 months, the categories and the 10 largest articles of a store with 20,000 bills",
    "Q4": "20 stores, the first 5 bills of each, their items and categories",
    "Q5": "enter a bill with 10 items",
}
PAGE_OF, CHAIN_OF = range(2, 201), 201
VARIANTS = 200  # of an operation: other stores, other bills
NEW_BILLS = 5_000  # of Q5: of other days and amounts, so that none looks like another's duplicate
Json = Any


@dataclass(frozen=True)
class Asked:
    """What one request asks, in plain keys."""

    operation: str
    account: int
    store: int = 0
    bill: int = 0
    items: tuple[dict[str, Any], ...] = ()
    day: date = LAST_DAY

    @property
    def new(self) -> dict[str, Any]:
        """The bill that Q5 enters, in the words of SQL."""
        total = sum(Decimal(item["total"]) for item in self.items)
        return {
            "store": self.store,
            "user": self.account,
            "merchant": "Mill & Sons",
            "date": self.day.isoformat(),
            "total": str(total),
            "category": self.items[0]["category"],
            "items": list(self.items),
        }


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: str = ""
    token: str = ""


def asked(operation: str, stores: dict[int, int]) -> list[Asked]:
    """List what is asked in turn; `stores` tells the stores of some bills."""
    draw = random.Random(operation)
    if operation == "Q1":
        pages = (draw.choice(PAGE_OF) for _ in range(VARIANTS))
        return [Asked("Q1", owner(store), store=store) for store in pages]
    if operation == "Q2":
        return [Asked("Q2", owner(store), bill=bill) for bill, store in stores.items()]
    if operation == "Q3":
        return [Asked("Q3", owner(1), store=1)]
    if operation == "Q4":
        return [Asked("Q4", CHAIN_OF)]
    return [
        Asked("Q5", owner(DESK), store=DESK, items=lines(n), day=FIRST_DAY + timedelta(days=n % 700))
        for n in range(NEW_BILLS)
    ]


def lines(number: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "description": f"Fresh milk {number} {n}",
            "quantity": str(1 + n % 3),
            "total": f"{(1 + n % 3) * (n + 1) + number // 7}.{number % 100:02}",
            "category": 1 + n,
        }
        for n in range(10)
    )


def some_bills() -> list[int]:
    draw = random.Random("Q2")
    return [draw.randint(1, BILLS) for _ in range(2 * VARIANTS)]


# --- The product

ITEM = "id description {quantity} total category {{ name }}"
PRODUCT = {
    "Q1": """query Q1($store: ID!) { store(id: $store) { bills(first: 50) { nodes {
        id date total merchantName category { name }
        items(first: 10) { nodes { id description quantity total category { name } } } } } } }""",
    "Q2": """query Q2($bill: ID!) { me { id email firstName lastName }
        node(id: $bill) { ... on Bill { id date total merchantName category { name } } } }""",
    "Q3": """query Q3($store: ID!, $range: DateRange!) { store(id: $store) { analytics {
        months: series(metric: SPEND, grain: MONTH, range: $range) { points { date value count } }
        categories: breakdown(metric: SPEND, dimension: CATEGORY, range: $range, first: 20) { groups { name value count } }
        items: breakdown(metric: SPEND, dimension: ITEM, range: $range, first: 10) { groups { name value count } } } } }""",
    "Q4": """query Q4 { me { stores { id name bills(first: 5) { nodes {
        id total items(first: 10) { nodes { id description total category { name } } } } } } } }""",
    "Q5": """mutation Q5($input: CreateBillInput!) { createBill(input: $input) { userErrors { message }
        bill { id total items(first: 10) { nodes { id } } } } }""",
}


def product(ask: Asked, tokens: dict[int, str]) -> Request:
    if ask.operation == "Q5":
        new = ask.new
        items = [{**item, "category": global_id("Category", item["category"])} for item in ask.items]
        new = {
            "store": global_id("Store", ask.store),
            "merchantName": new["merchant"],
            "date": new["date"],
            "total": new["total"],
            "category": global_id("Category", new["category"]),
            "items": items,
        }
        variables: Json = {"input": new}
    else:
        variables = {
            "Q1": {"store": global_id("Store", ask.store)},
            "Q2": {"bill": global_id("Bill", ask.bill)},
            "Q3": {"store": global_id("Store", ask.store), "range": "2024-11-01..2026-11-01"},
            "Q4": {},
        }[ask.operation]
    body = {"query": flat(PRODUCT[ask.operation]), "variables": variables}
    return Request("POST", "/graphql/", json.dumps(body), tokens[ask.account])


def global_id(name: str, key: int) -> str:
    return base64.urlsafe_b64encode(f"{name}:{key}".encode()).decode().rstrip("=")


# --- The others

BILL = "id date total merchantName category { name }"
ITEMS = "{ id description quantity total category { name } }"
SHORT = "{ id description total category { name } }"
NEW = "store: $store, user: $user, merchant: $merchant, date: $date, total: $total, category: $category, items: $items"


def plain(page: str) -> dict[str, str]:
    """Word the documents for schemas of the usual kind; `page` asks for five rows."""
    return {
        "Q1": f"query Q1($store: ID!) {{ bills(store: $store, first: 50) {{ {BILL} items {ITEMS} }} }}",
        "Q2": "query Q2($user: ID!, $bill: ID!) { me(user: $user) { id email firstName lastName }"
        f" bill(id: $bill) {{ {BILL} }} }}",
        "Q4": f"query Q4($user: ID!) {{ stores(user: $user) {{ id name bills({page}) {{ id total items {SHORT} }} }} }}",
        "Q5": "mutation Q5($store: ID!, $user: ID!, $merchant: String!, $date: Date!, $total: Decimal!, $category: ID!,"
        f" $items: [NewItem!]!) {{ bill: createBill({NEW}) {{ id total items {{ id }} }} }}",
    }


POSTGRAPHILE_ITEMS = (
    "items: receiptsItemsByBillIdList(orderBy: POSITION_ASC) {{ id description {} total"
    " category: catalogCategoryByCategoryId {{ name }} }}"
)
POSTGRAPHILE = {
    "Q1": """query Q1($store: BigInt!) { bills: allReceiptsBillsList(first: 50, condition: {storeId: $store},
        orderBy: [BOOKED_ON_DESC, ID_DESC]) { id date total merchantName category: catalogCategoryByCategoryId { name } """
    + POSTGRAPHILE_ITEMS.format("quantity")
    + " } }",
    "Q2": """query Q2($user: BigInt!, $bill: BigInt!) { me: coreUserById(id: $user) { id email firstName lastName }
        bill: receiptsBillById(id: $bill) { id date total merchantName category: catalogCategoryByCategoryId { name } } }""",
    "Q4": """query Q4($user: BigInt!) { stores: allCoreMembershipsList(first: 100, condition: {userId: $user}, orderBy: ID_ASC) {
        store: coreStoreByStoreId { id name bills: receiptsBillsByStoreIdList(first: 5, orderBy: [BOOKED_ON_DESC, ID_DESC]) {
        id total """
    + POSTGRAPHILE_ITEMS.format("")
    + " } } } }",
    "Q5": """mutation Q5($store: BigInt!, $user: BigInt!, $merchant: String!, $date: Date!, $total: BigFloat!,
        $category: BigInt!, $items: JSON!) { enterBill(input: {store: $store, by: $user, merchant: $merchant, day: $date,
        amount: $total, category: $category, items: $items}) {
        bill: receiptsBill { id total items: receiptsItemsByBillIdList { id } } } }""",
}
DOCUMENTS = {
    "strawberry": plain("pagination: {limit: 5}"),
    "graphql": plain("first: 5"),
    "postgraphile": POSTGRAPHILE,
}


def peer(dialect: str, ask: Asked) -> Request | None:
    """Word a request for a peer; None where it does not do the operation."""
    variables: Json = {
        "Q1": {"store": ask.store},
        "Q2": {"user": ask.account, "bill": ask.bill},
        "Q3": {"store": ask.store},
        "Q4": {"user": ask.account},
        "Q5": ask.new if ask.items else {},
    }[ask.operation]
    if dialect == "limit":
        if ask.items:
            variables = {**variables, "items": json.dumps(variables["items"])}
        return Request("POST", "/", json.dumps({"operation": ask.operation, "variables": variables}))
    if ask.operation == "Q3":
        return None
    if dialect == "rest":
        if ask.items:
            return Request("POST", "/Q5", json.dumps(variables))
        return Request(
            "GET", f"/{ask.operation}?" + "&".join(f"{key}={value}" for key, value in variables.items())
        )
    variables = {
        name: str(one) if isinstance(one, int) else one for name, one in variables.items()
    }  # keys are IDs
    document = flat(DOCUMENTS[dialect][ask.operation])
    return Request("POST", "/graphql", json.dumps({"query": document, "variables": variables}))


def flat(document: str) -> str:
    return " ".join(document.split())


# --- Sameness

NODES = re.compile(r"[A-Za-z]+:(\d+)")


def same_form(answer: Json) -> Json:
    """Bring the data of an answer into the form that all share: plain keys, lists, exact numbers."""
    data = answer.get("data", answer)
    for wrapper in ("store", "analytics"):
        data = data.get(wrapper) or data
    if set(data) == {"me"}:
        data = data["me"]
    if "createBill" in data:
        data = {"bill": data["createBill"]["bill"]}
    if "enterBill" in data:
        data = data["enterBill"]
    if "node" in data:
        data = {"me": data["me"], "bill": data["node"]}
    return dict(leaves(data))


def leaves(value: Json) -> Iterator[tuple[str, Json]]:
    for name, inner in value.items():
        yield name, form(inner)


def form(value: Json) -> Json:
    if isinstance(value, dict):
        if len(value) == 1 and (only := next(iter(value))) in ("nodes", "points", "groups", "store"):
            return form(value[only])
        return dict(leaves(value))
    if isinstance(value, list):
        return [form(one) for one in value]
    return scalar(value)


def scalar(value: Json) -> Json:
    try:
        return f"{Decimal(str(value)).normalize():f}"
    except InvalidOperation:
        pass
    try:
        padded = str(value) + "=" * (-len(str(value)) % 4)
        node = NODES.fullmatch(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except ValueError:
        return value
    return node[1] if node else value
