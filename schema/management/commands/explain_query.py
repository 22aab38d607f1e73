"""Show how a query is answered: by which plan and SQL, or why by none."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from graphql import GraphQLError, parse, validate

from core.models import User
from schema.context import Context
from schema.plans.executor import Executor, Request
from schema.plans.wording import Unplannable
from schema.root import schema


class Command(BaseCommand):
    help = "Show the plan of a query in a file: its SQL, what Python adds to it, or why there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a GraphQL document")
        parser.add_argument("--variables", default="{}", help="its variables, as JSON")
        parser.add_argument("--operation", help="which operation, where there are several")
        parser.add_argument(
            "--user", default="", help="the email of whoever asks; an ordinary account without it"
        )
        parser.add_argument(
            "--analyze", action="store_true", help="run it, and let PostgreSQL tell how it did"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        request = _request(options)
        try:
            found = Executor(schema).find(request)
        except (Unplannable, GraphQLError) as reason:
            self.stdout.write(f"The ordinary executor answers: {reason}")
            return
        self.stdout.write(f"One statement answers, with {len(found.plan.holes)} fields by Python:")
        for hole in found.plan.holes:
            self.stdout.write(f"- {'.'.join(hole.path)}: {hole.reason}")
        self.stdout.write(f"\n{found.plan.sql.replace('%%', '%')}\n\nParameters: {found.filled()}")
        if options["analyze"]:
            analyze = (
                "EXPLAIN (ANALYZE, BUFFERS) " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
            )
            with connection.cursor() as cursor:
                cursor.execute(analyze + found.plan.sql, found.filled())
                for row in cursor.fetchall():
                    self.stdout.write(str(row[-1]))


def _request(options: dict[str, Any]) -> Request:
    """Read and check what is asked.

    Raises: CommandError.
    """
    try:
        document = parse(options["file"].read_text())
        sent = json.loads(options["variables"])
    except (OSError, ValueError, GraphQLError) as error:
        raise CommandError(str(error)) from error
    if faults := validate(schema._schema, document):
        raise CommandError("\n".join(fault.message for fault in faults))
    user = User.objects.by_login(options["user"]) if options["user"] else User(pk=0, role=User.Role.USER)
    if user is None:
        raise CommandError(f"Nobody signs in as {options['user']}.")
    return Request(schema._schema, document, options["operation"], sent, Context(user))
