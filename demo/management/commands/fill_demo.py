from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import services


class Command(BaseCommand):
    help = "Open the demo account with its store on the first start; the worker then reads its receipts."
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="remove the demo store first")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("There is no demo in production: its password is public.")
        if options["reset"]:
            services.reset()
        store = services.fill()
        self.stdout.write(
            "The demo store is there." if store is None else f"Opened the demo store {store.name}."
        )
