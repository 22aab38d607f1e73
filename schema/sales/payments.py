"""How orders are paid, and what is paid back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto

from core.errors import Code, Refused
from core.roles import Permission
from sales import models, payments, refunds
from schema.commands import REFUSED, Answer, Caller, Payload, command, value, written
from schema.connections import By, Connection, paged
from schema.enums import described
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import User
    from schema.sales.orders import Order

UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]
OrderRef = Annotated["Order", strawberry.lazy("schema.sales.orders")]
REQUIRED_KEY: Any = strawberry.field(
    default=None,
    description="Required, here or as the header Idempotency-Key: up to 255 characters of your choice. "
    "The same key and input again, within 30 days, tell what became of it and move no more money.",
)

PaymentMethod = models.Payment.Method
described(
    PaymentMethod,
    name="PaymentMethod",
    description="How an order is paid.",
    values={
        "CARD": "By card: through the payment gateway where one is set, else at a terminal beside the till.",
        "OTHER": "In some other way, such as a voucher.",
    },
)
PaymentStatus = models.Payment.Status
described(
    PaymentStatus,
    name="PaymentStatus",
    description="What became of a payment or a refund.",
    values={
        "PENDING": "The payment gateway has not told yet; it is asked again until it does.",
        "CAPTURED": "The money has moved.",
        "DECLINED": "The payment gateway declined: no money has moved.",
    },
)
MOMENTS = {
    "CREATED_AT_ASC": By("created_at"),
    "CREATED_AT_DESC": By("created_at", descending=True),
}
PaymentOrder: Any = order("PaymentOrder", "An order of payments.", **MOMENTS)
RefundOrder: Any = order("RefundOrder", "An order of refunds.", **MOMENTS)


@node(models.Payment, description="Money paid for an order, or asked for.")
class Payment(Node):
    needs = Permission.ORDER_VIEW

    method: PaymentMethod = column("How it is paid.")
    amount: auto = column("How much, in the order's currency.")
    refunded: auto = column("How much of it was paid back.")
    status: PaymentStatus = column("What became of it; only a captured one is paid.")
    reference: auto = column("The payment gateway's name for it; empty where it went through none.")
    reason: auto = column("Why it was declined.")
    created_at: auto = column("When it was asked for.")
    captured_at: auto = column("When it was captured; null before, and for one that was declined.")
    order: OrderRef | None = one("What is paid.", source="order_id", to="Order")
    user: UserRef | None = one("Who took it, if still in sight.", source="user_id", to="User")
    refunds: Connection[Annotated[Refund, strawberry.lazy("schema.sales.payments")]] = paged(
        "What was paid back of it, or is to be.",
        node="Refund",
        via="payment",
        order=RefundOrder,
        default=RefundOrder.CREATED_AT_ASC,
    )


@node(models.Refund, description="Money paid back of a payment, or to be.")
class Refund(Node):
    needs = Permission.ORDER_VIEW

    amount: auto = column("How much, in the order's currency.")
    status: PaymentStatus = column("What became of it; only a captured one is paid back.")
    reference: auto = column("The payment gateway's name for it; empty where it went through none.")
    reason: auto = column("Why, in the store's own words.")
    decline: auto = column("Why the payment gateway declined it.")
    created_at: auto = column("When it was asked for.")
    captured_at: auto = column("When it was paid back; null before, and for one that was declined.")
    payment: Payment | None = one("What it is paid back of.", source="payment_id", to="Payment")
    user: UserRef | None = one("Who paid it back, if still in sight.", source="user_id", to="User")


@strawberry.input(description="What is paid of an order.")
class PayOrderInput:
    order: strawberry.ID = strawberry.field(description="The order.")
    method: PaymentMethod = strawberry.field(description="How it is paid.")
    amount: Decimal | None = strawberry.field(
        default=None, description="How much, at most what is due; without it, all that is due."
    )
    tendered: Decimal | None = strawberry.field(
        default=None, description="The cash that was handed over, for the change."
    )
    idempotency_key: str | None = REQUIRED_KEY


@strawberry.input(description="What is paid back of a payment.")
class RefundPaymentInput:
    payment: strawberry.ID = strawberry.field(description="The payment; a captured one.")
    amount: Decimal | None = strawberry.field(
        default=None, description="How much; without it, all that is left of the payment."
    )
    reason: str = strawberry.field(default="", description="Why; at most 500 characters.")
    idempotency_key: str | None = REQUIRED_KEY


@strawberry.type(
    description="A payment, as it is now. One that is pending or declined stands beside its user error."
)
class PayOrderPayload(Payload):
    payment: Payment | None = written("The payment.", to="Payment", key="payment")
    order: OrderRef | None = written("The order, as it is now.", to="Order", key="order")
    change: Decimal | None = value("What of the tendered cash goes back; null where none was.", key="change")


@strawberry.type(
    description="A refund, as it is now. One that is pending or declined stands beside its user error."
)
class RefundPaymentPayload(Payload):
    refund: Refund | None = written("The refund.", to="Refund", key="refund")
    payment: Payment | None = written("The payment, as it is now.", to="Payment", key="payment")
    order: OrderRef | None = written("The order, as it is now.", to="Order", key="order")


@command(
    PayOrderPayload,
    description="Take a payment of an order, whole or a part, once for its idempotency key. "
    "PAYMENT_PENDING: the payment gateway has not told, and is asked again; send the same again to see. "
    "PAYMENT_DECLINED: it declined; another payment, with a key of its own, may be taken.",
    needs=Permission.PAYMENT_TAKE,
)
def pay_order(caller: Caller, input: PayOrderInput) -> Answer:
    order = caller.find(input.order, "Order", "order")
    key = caller.required_key()

    def run() -> Answer:
        begun = payments.begin(
            order=order,
            by=caller.user,
            method=input.method,
            amount=input.amount,
            tendered=input.tendered,
            key=key,
            fingerprint=caller.fingerprint,
        )
        known = {"replayed": True} if begun.known else {}
        return {"payment": begun.payment.pk, "order": order.pk, **known}

    answer = caller.once(run, lifetime=payments.KEPT)
    payment = models.Payment.objects.select_related("order").get(pk=answer["payment"])
    payment = payments.settle(payment=payment, again=answer["replayed"])
    change = None if input.tendered is None else input.tendered - payment.amount
    return {**answer, "change": change, REFUSED: _undone(payment.status, "payment", payment.reason)}


@command(
    RefundPaymentPayload,
    description="Pay back a captured payment, whole or a part, once for its idempotency key: through the "
    "payment gateway where it came through it. PAYMENT_PENDING and PAYMENT_DECLINED are told as by payOrder.",
    needs=Permission.PAYMENT_REFUND,
)
def refund_payment(caller: Caller, input: RefundPaymentInput) -> Answer:
    payment = caller.find(input.payment, "Payment", "payment")
    key = caller.required_key()

    def run() -> Answer:
        begun = refunds.begin(
            payment=payment,
            by=caller.user,
            amount=input.amount,
            reason=input.reason,
            key=key,
            fingerprint=caller.fingerprint,
        )
        known = {"replayed": True} if begun.known else {}
        return {"refund": begun.refund.pk, "payment": payment.pk, "order": payment.order_id, **known}

    answer = caller.once(run, lifetime=payments.KEPT)
    refund = models.Refund.objects.select_related("payment__order").get(pk=answer["refund"])
    refund = refunds.settle(refund=refund, again=answer["replayed"])
    return {**answer, REFUSED: _undone(refund.status, "refund", refund.decline)}


def _undone(status: str, what: str, reason: str) -> Refused | None:
    """Say that no money has moved, or that nobody knows yet."""
    if status == PaymentStatus.PENDING:
        message = (
            f"The payment gateway has not told yet whether the {what} went through, and is asked again. "
        )
        hint = "Do not move the money in another way; send this again with the same key to see."
        return Refused(Code.PAYMENT_PENDING, message + hint)
    if status == PaymentStatus.DECLINED:
        return Refused(Code.PAYMENT_DECLINED, reason)
    return None


@strawberry.type
class PaymentMutations:
    pay_order = pay_order
    refund_payment = refund_payment
