"""The door to the examples of files that can be imported: the same for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from energy import example

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def readings(request: HttpRequest) -> HttpResponse:
    """Answer with a workbook such as `importReadings` takes."""
    headers = {
        "Content-Disposition": 'attachment; filename="readings.xlsx"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(example.workbook(), content_type=XLSX, headers=headers)
