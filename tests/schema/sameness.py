"""The same document through both executors, without HTTP: what it answers, and who has answered."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextvars import copy_context
from functools import partial
from random import Random
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from core.models import User
from schema.context import Context
from schema.metrics import executions
from schema.plans.holes import Finished
from schema.root import schema
from tests.schema.grammar import Writer

END = re.compile(r'"(?:endCursor|startCursor|cursor)":"([A-Za-z0-9_-]+)"')


def answer(plans: str, who: User | None, document: str, variables: dict[str, Any]) -> str:
    """Answer as the HTTP door words it."""
    settings.PLANS = plans
    context = Context(who and User.objects.get_queryset().get(pk=who.pk))
    execute = partial(
        async_to_sync(schema.execute), document, variable_values=variables, context_value=context
    )
    said = copy_context().run(execute)  # as behind the door: nothing of it stays in this thread
    data = said.data if isinstance(said.data, Finished) else _json(said.data)
    return f"{data} {_json([error.formatted for error in said.errors or []])}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)


def by_plan() -> int:
    return int(executions.labels(executor="plan")._value.get())


class Comparison:
    """Compares random documents, and counts them."""

    def __init__(self, people: list[User | None], worlds: list[dict[str, str]]) -> None:
        self.people, self.worlds = people, worlds
        self.cursors: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def compare(self, chance: Random) -> str | None:
        """Compare one document; give it, with both answers, where they differ."""
        who = chance.choice(self.people)
        writer = Writer(
            chance, plain=chance.random() < 0.6, rows=chance.choice(self.worlds), cursors=self.cursors
        )
        document, variables = writer.document(), writer.variables()
        before = by_plan()
        planned = answer("always", who, document, variables)
        self.counts["planned"] += by_plan() - before
        ordinary = answer("off", who, document, variables)
        self.counts["documents"] += 1
        self.counts["errors"] += not ordinary.endswith(" []")
        for cursor in END.findall(ordinary)[:20]:
            self.cursors[_order(cursor)] = cursor
        if planned == ordinary:
            return None
        self.counts["different"] += 1
        return f"{who and who.email}\n{document}\n{json.dumps(variables)}\n{planned}\n{ordinary}"


def _order(cursor: str) -> str:
    import base64

    return str(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0])
