"""Text as OCR gives it, made ready to be searched."""

import re
import unicodedata


def any_of(table: str) -> re.Pattern[str]:
    """Compile a table of expressions, one a line, into one that matches any of them."""
    return re.compile("|".join(f"(?:{line.strip()})" for line in table.strip().splitlines()))


def fold(text: str) -> str:
    """Lower the case and drop the accents; the length stays."""
    folded = []
    for character in text:
        base = unicodedata.normalize("NFKD", character)[0].lower()
        folded.append(base if len(base) == 1 else character)
    return "".join(folded)
