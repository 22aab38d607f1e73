"""The door to the files of uploads: a ticket in, the original bytes out."""

from __future__ import annotations

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from receipts import files

logger = logging.getLogger("tillsight.files")

AWAY = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Retry-After": "30"}


@require_safe
def download(request: HttpRequest, ticket: str) -> HttpResponse:
    """Answer with the file of a ticket, while it is young and its holder may see the upload.

    The bytes came from outside: no browser may take them for anything but what they are, run
    what is in them, or keep them.
    """
    upload = files.signed(ticket)
    if upload is None:
        raise Http404
    try:
        content = files.read(upload)
    except FileNotFoundError as error:
        raise Http404 from error
    except OSError:
        logger.exception("The storage gave no file.")
        return HttpResponse("The file cannot be fetched now. Try again later.", status=503, headers=AWAY)
    headers = {
        "Content-Disposition": content_disposition_header(False, upload.filename) or "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",  # the address itself is the key
    }
    return HttpResponse(content, content_type=upload.content_type, headers=headers)
