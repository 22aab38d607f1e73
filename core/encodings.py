"""What encoding a text file is in, as spreadsheets and meters write them."""

from __future__ import annotations

MARKS_OF_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def encoding_of(content: bytes) -> str | None:
    """Tell UTF-16 by its mark, UTF-8, or the Windows code page of the west; None for none of them."""
    if content.startswith(MARKS_OF_UTF_16):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeError:
            continue
        return encoding
    return None
