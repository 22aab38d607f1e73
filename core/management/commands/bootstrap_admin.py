import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import services
from core.errors import Refused


class Command(BaseCommand):
    help = (
        "Open an administrator's account, or make the account of an address one; run again, it updates it. "
        "The password is better given in BOOTSTRAP_ADMIN_PASSWORD or on standard input: every user of the "
        "machine can read what stands on a command line."
    )
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True, help="first and last name")
        parser.add_argument("--password", default="", help="a single - reads a line of standard input")

    def handle(self, *args: Any, email: str, name: str, password: str, **options: Any) -> None:
        if password == "-":  # noqa: S105 (no secret)
            password = sys.stdin.readline().rstrip("\n")
        password = password or settings.BOOTSTRAP_ADMIN_PASSWORD
        if not password:
            raise CommandError("Give the password in BOOTSTRAP_ADMIN_PASSWORD, or by --password.")
        try:
            user, made = services.bootstrap_admin(email=email, password=password, name=name)
        except Refused as refusal:
            raise CommandError(f"--{'-'.join(refusal.field)}: {refusal.message}") from refusal
        self.stdout.write(f"{'Opened' if made else 'Updated'} the administrator {user.email}.")
