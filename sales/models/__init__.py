"""Who buys, what they order, how it is paid, and who was at work."""

from sales.models.customers import Customer
from sales.models.orders import Order, OrderEvent, OrderLine
from sales.models.payments import Payment, Refund
from sales.models.shifts import Shift

__all__ = ["Customer", "Order", "OrderEvent", "OrderLine", "Payment", "Refund", "Shift"]
