"""Accounts, stores, and the records that keep writes safe and answerable."""

from core.models.accounts import RefreshToken, User
from core.models.records import AuditEntry, IdempotencyRecord
from core.models.stores import Membership, Store, validate_timezone

__all__ = [
    "AuditEntry",
    "IdempotencyRecord",
    "Membership",
    "RefreshToken",
    "Store",
    "User",
    "validate_timezone",
]
