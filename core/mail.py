"""Mail: written from a template in text and HTML, sent by a worker, tried again when it fails.

No template greets by name: whoever opens an account with a foreign address could write to its owner so.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from core import jobs

# A machine wrote it: nobody's out-of-office note should answer.
HEADERS = {"Auto-Submitted": "auto-generated"}


def send_later(*, template: str, to: str, context: dict[str, str]) -> None:
    """Queue a mail in the running transaction.

    What `context` holds is in the database until the mail is sent. A link that lets somebody in
    is better made by the worker itself: see `core.links`.
    """
    jobs.enqueue("mail", {"template": template, "to": to, "context": context})


def send(payload: dict[str, Any]) -> None:
    """Do a job of `send_later`."""
    deliver(template=payload["template"], to=payload["to"], context=payload["context"])


def deliver(*, template: str, to: str, context: dict[str, Any]) -> None:
    """Send a mail now.

    `templates/mail/<template>.txt` has the subject in its first line; the `.html` says the same.

    Raises: OSError, of which SMTP's errors are, when the mail server does not take it.
    """
    context = {"front_end": settings.FRONTEND_URL, **context}
    text = render_to_string(f"mail/{template}.txt", context)
    subject, _, body = text.partition("\n")
    message = EmailMultiAlternatives(subject=subject, body=body.strip() + "\n", to=[to], headers=HEADERS)
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    message.send()
