"""The door to avatars and logos: public to whoever was told the name, and never changed under it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import pictures


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with a picture, which any page may show and any cache may keep."""
    try:
        content = pictures.read(name)
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=pictures.CONTENT_TYPE, headers=headers)


def url_of(name: str) -> str | None:
    """Give the address of a picture; None where there is none."""
    return reverse("picture", args=[name]) if name else None
