"""Who did what: written in the transaction of the change itself."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.forms.models import model_to_dict

from core import prepared, requests
from core.models import AuditEntry, Store, User


def record(
    *,
    store: Store | None,
    by: User | None,
    action: str,
    node: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Keep what `action` did to `node`."""
    entry = AuditEntry(
        store=store,
        actor=by,
        action=action,
        node_type=type(node).__name__,
        node_key=node.pk,
        before=before,
        after=after,
        request_id=requests.current.get(),
    )
    prepared.insert([entry])


def picture(node: models.Model, *fields: str) -> dict[str, Any]:
    """Take the values of some fields in a form that JSON can hold."""
    values = model_to_dict(node, fields=fields)
    taken: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return taken
