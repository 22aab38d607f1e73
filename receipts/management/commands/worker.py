import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from receipts.worker import Worker


class Command(BaseCommand):
    help = "Read the receipts that wait in the queue, until stopped by SIGTERM or Ctrl-C."
    requires_system_checks = ()  # they would load the whole schema, which a worker never needs

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drain", action="store_true", help="stop when nothing more is due")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        worker = Worker(stop)
        if not options["drain"]:
            worker.run()
            return
        try:
            while not stop.is_set() and worker.step():
                pass
        finally:
            worker.child.end()
