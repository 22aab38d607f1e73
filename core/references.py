"""Rows that point at another row: moved together when two become one, whichever room they are of."""

from __future__ import annotations

from collections import Counter

from django.db import models


def move(source: models.Model, into: models.Model) -> Counter[str]:
    """Point every foreign key at `source` to `into`, and count the rows by the name of their model.

    A room need not know those above it, whose rows point down at its own: what deleting `source` would take
    along, or set free, is moved. No such key may be one that its rows must not share.
    """
    moved: Counter[str] = Counter()
    for relation in source._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel):
            column = relation.field.name
            rows = relation.related_model._base_manager.filter(**{column: source})
            moved[relation.related_model.__name__] += rows.update(**{column: into})
    return moved
