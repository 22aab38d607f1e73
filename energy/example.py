"""The example of a workbook that an import takes."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

HEADER = ("Date", "Device", "Energy (kWh)", "Location", "Notes")
FIRST = datetime(2026, 1, 5)  # noqa: DTZ001 (by the clock of whoever takes it)
HOURS = 24
KWH = {"Bread oven": (3.2, 0.4), "Cold room": (0.9, 0.8)}  # by day, by night


def workbook() -> bytes:
    """Make it: a day of two devices by the hour."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Readings")
    sheet.append(HEADER)
    for device, (by_day, by_night) in KWH.items():
        for hour in range(HOURS):
            kwh = by_day if 4 <= hour < 18 else by_night
            sheet.append((FIRST + timedelta(hours=hour), device, kwh, "Kitchen", ""))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
