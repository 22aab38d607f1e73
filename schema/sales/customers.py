"""Who buys at a store."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.db.models import Q
from strawberry import auto

from core.roles import Permission
from sales import customers, models
from schema import dataloaders
from schema.catalog.filters import in_any
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, given, written
from schema.connections import By, Connection, paged
from schema.context import Info, level
from schema.filters import Filter, Term
from schema.lists import foremost
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order, searched
from schema.receipts.inputs import entry
from schema.sales.order_filters import MAX_WORDS, OrderFilter, OrderOrder
from schema.sales.orders import Order

if TYPE_CHECKING:
    from schema.accounts.types import Store

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
SEARCHED = ("first_name", "last_name", "company", "city", "country", "phone", "email", "notes")

CustomerOrder: Any = order(
    "CustomerOrder",
    "An order of customers.",
    LAST_NAME_ASC=By("last_name"),
    LAST_NAME_DESC=By("last_name", descending=True),
    FIRST_NAME_ASC=By("first_name"),
    COMPANY_ASC=By("company"),
    COUNTRY_ASC=By("country"),
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)


@strawberry.input(description="Which customers to list; a customer must fit all that is said.")
class CustomerFilter(Filter):
    search: str | None = strawberry.field(
        default=None, description="Text in a name, the company, city, country, phone, email or notes."
    )
    country: str | None = strawberry.field(default=None, description="Of this country, in whatever case.")
    city: str | None = strawberry.field(default=None, description="Of this city, in whatever case.")
    archived: bool | None = strawberry.field(
        default=None, description="Only archived ones, or only the others; null for both."
    )

    def lookups(self) -> dict[str, Any]:
        return {
            "country__iexact": self.country,
            "city__iexact": self.city,
            "archived_at__isnull": None if self.archived is None else not self.archived,
        }

    def terms(self) -> list[Term] | None:
        """Give each word, since a first and a last name stand in two columns."""
        found = [searched(word) for word in (self.search or "").split()[:MAX_WORDS]]
        if None in found or any("\x00" in (text or "") for text in (self.country, self.city)):
            return None  # no text in the books is like that
        return [term for terms in found for term in terms or []]

    def holds(self, **term: Any) -> Q:
        return in_any(SEARCHED, term["text"])


@node(models.Customer, description="Somebody who buys at the store.")
class Customer(Node):
    needs = Permission.CUSTOMER_VIEW

    first_name: auto = column("First name.")
    last_name: auto = column("Last name.")
    company: auto = column("Company.")
    address: auto = column("Street and number.")
    city: auto = column("City.")
    state: auto = column("State or province.")
    country: auto = column("Country.")
    postal_code: auto = column("Postal code.")
    phone: auto = column("Telephone number.")
    fax: auto = column("Fax number.")
    email: auto = column("Email address.")
    notes: auto = column("The store's own words.")
    archived_at: auto = column("Since when the customer is put away; null for one who is not.")
    created_at: auto = column("When the customer was entered.")
    updated_at: auto = column("When the customer was last changed.")
    store: StoreRef | None = one("The store that it is a customer of.", source="store_id", to="Store")

    orders: Connection[Order] = paged(
        "What the customer has ordered, newest first.",
        node="Order",
        via="customer",
        order=OrderOrder,
        default=OrderOrder.PLACED_AT_DESC,
        filter=OrderFilter,
        numbered=True,
    )
    first_order: Order | None = foremost(
        "The first order that was not cancelled; null for none.",
        node="Order",
        via="customer",
        by=By("placed_at"),
        among="standing",
    )
    last_order: Order | None = foremost(
        "The last order that was not cancelled; null for none.",
        node="Order",
        via="customer",
        by=By("placed_at", descending=True),
        among="standing",
    )

    @strawberry.field(description="Sum of the customer's completed orders, those refunded left out.")
    async def lifetime_value(self, info: Info) -> Decimal:
        viewer = info.context.user
        found: Decimal = await info.context.load(
            level(info), self.pk, lambda buyers: dataloaders.lifetime_values(viewer, buyers)
        )
        return found

    @strawberry.field(description="ISO 4217 code of the customer's lifetime value: the store's.")
    async def currency(self, info: Info) -> str:
        row: Any = self
        return str(await info.context.load(level(info), row.store_id, dataloaders.currencies))

    @strawberry.field(description="First and last name, or what stands for them.")
    def name(self) -> str:
        row: Any = self
        return str(row.name)


@strawberry.input(description="A customer to enter; a name, company, email or phone must be there.")
class CreateCustomerInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    first_name: str | None = entry("First name; at most 100 characters.")
    last_name: str | None = entry("Last name; at most 100 characters.")
    company: str | None = entry("Company; at most 200 characters.")
    address: str | None = entry("Street and number; at most 500 characters.")
    city: str | None = entry("City; at most 100 characters.")
    state: str | None = entry("State or province; at most 100 characters.")
    country: str | None = entry("Country; at most 100 characters.")
    postal_code: str | None = entry("Postal code; at most 20 characters.")
    phone: str | None = entry("Telephone number; at most 50 characters.")
    fax: str | None = entry("Fax number; at most 50 characters.")
    email: str | None = entry("Email address.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a customer; null empties a field, a field left out stays.")
class UpdateCustomerInput:
    customer: strawberry.ID = strawberry.field(description="The customer.")
    first_name: str | None = entry("First name; at most 100 characters.")
    last_name: str | None = entry("Last name; at most 100 characters.")
    company: str | None = entry("Company; at most 200 characters.")
    address: str | None = entry("Street and number; at most 500 characters.")
    city: str | None = entry("City; at most 100 characters.")
    state: str | None = entry("State or province; at most 100 characters.")
    country: str | None = entry("Country; at most 100 characters.")
    postal_code: str | None = entry("Postal code; at most 20 characters.")
    phone: str | None = entry("Telephone number; at most 50 characters.")
    fax: str | None = entry("Fax number; at most 50 characters.")
    email: str | None = entry("Email address.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")


@strawberry.input(description="A customer to put away or bring back.")
class ArchiveCustomerInput:
    customer: strawberry.ID = strawberry.field(description="The customer.")
    archived: bool = strawberry.field(default=True, description="Put away, or bring back.")


@strawberry.type(description="A customer, as it is now.")
class CustomerPayload(Payload):
    customer: Customer | None = written("The customer.", to="Customer", key="customer")


@command(CustomerPayload, description="Enter a customer.", needs=Permission.CUSTOMER_EDIT)
def create_customer(caller: Caller, input: CreateCustomerInput) -> Answer:
    store = caller.store(input.store)
    values = {name: sent for name, sent in given(input).items() if name != "store"}
    return caller.once(lambda: {"customer": customers.create(store=store, by=caller.user, values=values).pk})


@command(CustomerPayload, description="Change a customer.", needs=Permission.CUSTOMER_EDIT)
def update_customer(caller: Caller, input: UpdateCustomerInput) -> Answer:
    customer = caller.find(input.customer, "Customer", "customer")
    changes = {name: sent for name, sent in given(input).items() if name != "customer"}
    return {"customer": customers.update(customer=customer, by=caller.user, changes=changes).pk}


@command(
    CustomerPayload,
    description="Put a customer away, or bring one back; the past stays.",
    needs=Permission.CUSTOMER_EDIT,
)
def archive_customer(caller: Caller, input: ArchiveCustomerInput) -> Answer:
    customer = caller.find(input.customer, "Customer", "customer")
    archived = customers.archive(customer=customer, by=caller.user, archived=input.archived)
    return {"customer": archived.pk}


@strawberry.type
class CustomerMutations:
    create_customer = create_customer
    update_customer = update_customer
    archive_customer = archive_customer
