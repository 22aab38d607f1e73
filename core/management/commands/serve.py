import tempfile
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import health, processes

GRACE_SECONDS = 15
MAX_MESSAGE_BYTES = 256 * 1024  # of a WebSocket, before anybody looks at it


class Command(BaseCommand):
    help = "Serve HTTP as in production, on the database that DATABASE_URL names."
    requires_system_checks = ()  # they load the whole schema, and come after the reasons not to start

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="processes that answer requests")
        parser.add_argument(
            "--collected", action="store_true", help="static files are in their place already, as in an image"
        )

    def handle(self, *args: Any, host: str, port: int, workers: int, collected: bool, **options: Any) -> None:
        self.refuse(host, port)
        self.check()
        if not settings.DEBUG and not collected:
            call_command("collectstatic", interactive=False, verbosity=0)
        with tempfile.TemporaryDirectory(prefix="tillsight-metrics-") as folder:
            if workers > 1:
                processes.share_metrics(folder)
            uvicorn.run(
                "schema.asgi:application",
                host=host,
                port=port,
                workers=workers,
                loop="uvloop",
                http="httptools",
                log_config=None,  # our own, with the request's id
                access_log=False,
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=MAX_MESSAGE_BYTES,
                server_header=False,
                proxy_headers=False,  # whose word counts is TRUSTED_PROXIES' to say
                timeout_graceful_shutdown=GRACE_SECONDS,
            )

    def refuse(self, host: str, port: int) -> None:
        """Say why it is no use to start, if so.

        Raises: CommandError.
        """
        unapplied = health.unapplied_migrations()
        if unapplied:
            raise CommandError(
                f"The database lacks {unapplied} migrations. Apply them: python manage.py migrate"
            )
        if processes.is_taken(host, port):
            raise CommandError(f"Port {port} is in use. Take another: make serve PORT={port + 1}")
