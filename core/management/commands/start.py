import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.processes import POLL_SECONDS, Together, answers, is_taken

MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))


class Command(BaseCommand):
    help = "Prepare the database and run a server and a worker in this terminal, until Ctrl-C."
    requires_system_checks: list[str] = []  # noqa: RUF012 (the server checks; this process needs no schema)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        if is_taken(host, port):
            raise CommandError(f"Port {port} is in use. Take another: make run PORT={port + 1}")
        self.warn(settings.DATABASE_WARNING)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        call_command("migrate", interactive=False, verbosity=0)
        self.fill_demo(stop)
        if not stop.is_set():
            self.run(stop, host, port)

    def warn(self, warning: str) -> None:
        if warning:
            frame = "!" * 78
            self.stderr.write(f"{frame}\n{warning}\n{frame}")

    def fill_demo(self, stop: threading.Event) -> None:
        """Fill the demo store, which takes a while on the first start and no time later.

        In a process of its own: the reader's memory goes with it.
        """
        if settings.PRODUCTION:
            self.say("No demo store: ENV=production refuses it.")
            return
        demo = self.together(stop)
        demo.start("demo", [*MANAGE, "fill_demo"])
        demo.wait()
        demo.end()
        if not stop.is_set() and demo.members["demo"].returncode:
            raise CommandError("The demo store could not be filled; nothing was started.")

    def run(self, stop: threading.Event, host: str, port: int) -> None:
        """Run server and worker until told to stop.

        Raises: CommandError when one of them ends by itself; the other is stopped then.
        """
        both = self.together(stop)
        both.start("web", [*MANAGE, "serve", "--host", host, "--port", str(port)])
        both.start("worker", [*MANAGE, "worker"])
        announcer = threading.Thread(target=self.announce, args=(stop, host, port), daemon=True)
        announcer.start()
        ended = both.wait()
        stop.set()
        both.end()
        if ended:
            code = both.members[ended].returncode
            raise CommandError(f"The {ended} process ended by itself (exit code {code}); all was stopped.")
        self.say("Stopped.")

    def together(self, stop: threading.Event) -> Together:
        """Group processes that use the database which this one has chosen, come what may since."""
        changed = {"DATABASE_FALLBACK": "none"}
        if settings.DATABASE_WARNING:
            changed |= {"DATABASE_URL": "", "DATABASE_WARNING": settings.DATABASE_WARNING}
        return Together(stop=stop, say=self.say, changed=changed)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # a terminal or a log file shows it at once

    def announce(self, stop: threading.Event, host: str, port: int) -> None:
        """Say where everything is, once the server answers."""
        while not answers(host, port):
            if stop.wait(POLL_SECONDS):
                return
        lines = [
            "",
            f"  Tillsight   http://{host}:{port}/graphql/",
            f"  Database    {database_in_use()}",
            "  Stop        Ctrl-C",
            "",
        ]
        if settings.DEMO_LOGIN:
            lines.insert(2, f"  Demo login  {settings.DEMO_LOGIN}  {settings.DEMO_PASSWORD}")
        self.say("\n".join(lines))
        self.warn(settings.DATABASE_WARNING)


def database_in_use() -> str:
    """Name the database without its password."""
    config = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        return f"SQLite, {config['NAME']}"
    return f"PostgreSQL, {config['NAME']} at {config['HOST'] or 'the local socket'}:{config['PORT'] or 5432}"
