"""Accounts, stores, and the records that keep writes safe and answerable."""

from core.models.accounts import GoogleIdentity, Job, OneTimeLink, Profile, RefreshToken, User
from core.models.records import AuditEntry, Counter, Event, IdempotencyRecord, Tally
from core.models.stores import Invitation, Membership, Store
from core.models.zones import validate_timezone

__all__ = [
    "AuditEntry",
    "Counter",
    "Event",
    "GoogleIdentity",
    "IdempotencyRecord",
    "Invitation",
    "Job",
    "Membership",
    "OneTimeLink",
    "Profile",
    "RefreshToken",
    "Store",
    "Tally",
    "User",
    "validate_timezone",
]
