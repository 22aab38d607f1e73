"""Write who may do what in a store: `python manage.py roles > docs/roles.md`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from core import roles


class Command(BaseCommand):
    help = "Write the table of roles and permissions as a page of Markdown."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(roles.page(), ending="")
