"""Where an order may go from where it is: the whole matter as one table."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    PENDING = "PENDING"
    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    READY = "READY"
    COMPLETED = "COMPLETED"
    REFUNDED = "REFUNDED"
    CANCELLED = "CANCELLED"


ALLOWED: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (Status.IN_QUEUE, Status.CANCELLED),
    Status.IN_QUEUE: (Status.IN_PROGRESS, Status.CANCELLED),
    Status.IN_PROGRESS: (Status.READY, Status.CANCELLED),
    Status.READY: (Status.COMPLETED, Status.CANCELLED),
    Status.COMPLETED: (Status.REFUNDED,),
    Status.REFUNDED: (),
    Status.CANCELLED: (),
}
OPEN = tuple(status for status, after in ALLOWED.items() if Status.CANCELLED in after)
