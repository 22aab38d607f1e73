"""Text as OCR gives it, made ready to be searched."""

import re
import unicodedata


def any_of(table: str) -> re.Pattern[str]:
    """Compile a table of expressions, one a line, into one that matches any of them."""
    return re.compile("|".join(f"(?:{line.strip()})" for line in table.strip().splitlines()))


class _Folded(dict[int, str]):
    """Characters → their base in lower case, worked out at the first use of each."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFKD", chr(code))[0].lower()
        self[code] = base if len(base) == 1 else chr(code)
        return self[code]


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Lower the case and drop the accents; the length stays."""
    return text.translate(_FOLDED)
