"""Everything that a refused command must leave as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.models import Category
from core.models import AuditEntry, IdempotencyRecord
from receipts.models import Bill, Item, Merchant, MerchantAlias, Upload

TABLES = (Upload, Bill, Item, Merchant, MerchantAlias, Category, AuditEntry, IdempotencyRecord)


def everything() -> dict[str, Any]:
    """Take a picture of the books and the storage."""
    rows = {table.__name__: list(table.objects.order_by("pk").values()) for table in TABLES}
    return {**rows, "files": stored()}


def stored() -> list[str]:
    """Name the files in the storage."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def audited() -> list[str]:
    """List what the audit says was done, oldest first."""
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
