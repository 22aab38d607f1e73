"""The door to reports as files: a ticket in, a table out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from insights import reports, sheets
from insights.reports import MetricReport, Report

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # the address itself is the key
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
async def as_csv(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Send a report as CSV while its rows are read: no report is too long."""
    report = await sync_to_async(_report)(ticket)
    source = await sync_to_async(report.source)()
    lines = sheets.csv_of(report.columns, source.every())
    return StreamingHttpResponse(
        _flow(lines), content_type="text/csv; charset=utf-8", headers=_headers(report, "csv")
    )


async def _flow(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read chunks one after the other where the database may be asked."""
    while chunk := await sync_to_async(lambda: next(chunks, b""))():
        yield chunk


@require_safe
def as_xlsx(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Send a report as a workbook; one with too many rows is refused in words."""
    report = _report(ticket)
    source = report.source()
    if source.count() > sheets.MAX_SHEET_ROWS:
        message = f"More than {sheets.MAX_SHEET_ROWS} rows: choose fewer days, or take the CSV."
        return HttpResponse(message, status=413, content_type="text/plain; charset=utf-8", headers=HEADERS)
    file: Any = sheets.xlsx_of(report.columns, source.every())
    return FileResponse(file, content_type=XLSX, headers=_headers(report, "xlsx"))


def _report(ticket: str) -> Report | MetricReport:
    report = reports.signed(ticket)
    if report is None:
        raise Http404
    return report


def _headers(report: Report | MetricReport, ending: str) -> dict[str, str]:
    return {**HEADERS, "Content-Disposition": f'attachment; filename="{report.filename}.{ending}"'}
