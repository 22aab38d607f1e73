"""Suggestions in a model's words, where a store asks for that: by a job, after the night that found them.

Nothing waits for it: until a model has answered, and where it does not or says anything of its own, the
rule's own words are served.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from pydantic import BaseModel, ConfigDict, ValidationError

from core import jobs
from core.models import Store
from insights.models import Suggestion
from insights.suggestions import wording
from receipts import books, budget
from receipts.readers import Unavailable, choice
from receipts.readers.remote import Question, Remote

JOB = "wording"
LONGEST = 1000  # characters of a text that is kept
MOST_AT_ONCE = 20  # of a store and night; the others keep the rules' words

logger = logging.getLogger("tillsight.wording")


class Wording(BaseModel):
    """A sentence with the places of its figures in braces."""

    model_config = ConfigDict(hide_input_in_errors=True)

    text: str


def ask_for(store: Store, templates: Mapping[int, str]) -> None:
    """Queue the wording of some suggestions, by their keys, if the store has a writer that is set up."""
    if templates and choice.is_paid(store.suggestion_writer):
        some = dict(list(templates.items())[:MOST_AT_ONCE])
        jobs.enqueue(JOB, {"templates": {str(key): template for key, template in some.items()}})


def carry_out(payload: Mapping[str, Any]) -> None:
    """Do a job of `ask_for`: one question a suggestion, each counted as a reading of the day's budget."""
    templates = {int(key): template for key, template in payload["templates"].items()}
    rows = Suggestion.objects.filter(pk__in=templates, source=Suggestion.Source.RULES)
    _word(rows.select_related("store").order_by("pk"), templates)


def _word(rows: Iterable[Suggestion], templates: Mapping[int, str]) -> None:
    for row in rows:
        writer, template = row.store.suggestion_writer, templates[row.pk]
        if wording.filled(template, row.figures) != row.plain:
            continue  # found anew since, and worded by another job
        if not choice.is_paid(writer) or not budget.take(row.store, books.today(row.store)):
            return
        try:
            text = _asked(choice.service_named(writer), row, template)
        except Unavailable as error:
            logger.warning("Suggestions of store %s keep the rules' words: %s", row.store_id, error)
            return
        if text is None:
            logger.warning("What %s says of suggestion %s is not served.", writer, row.pk)
            continue
        same = Suggestion.objects.filter(pk=row.pk, plain=row.plain)
        same.update(text=text, source=Suggestion.Source.AI, updated_at=timezone.now())


def _asked(service: Remote, row: Suggestion, template: str) -> str | None:
    """Ask for other words; None for an answer that is not just that.

    Raises: Unavailable.
    """
    question = Question(wording.INSTRUCTION, wording.request(template, row.figures), Wording)
    told = service.ask(question)
    try:
        answer = Wording.model_validate_json(told.text)
    except ValidationError:
        return None
    text = wording.worded(answer.text, template=template, figures=row.figures)
    return text if text is not None and len(text) <= LONGEST else None
