"""Tables out of a SQLite file, or out of the INSERT statements of a PostgreSQL script; no server is asked."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

MAX_BYTES = 200 * 2**20
SQLITE = b"SQLite format 3\x00"
TOKEN = re.compile(
    r"""
    (?P<space> \s+ | --[^\n]* | /\*.*?\*/ | ^\\[^\n]* )  # ^\\: a word to psql itself, such as \c
  | (?P<text> [Nn]?'[^']*(?:''[^']*)*' )
  | (?P<escaped> [Ee]'[^'\\]*(?:(?:''|\\.)[^'\\]*)*' )
  | (?P<code> \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
  | (?P<number> [+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)? )
  | (?P<name> "[^"]*(?:""[^"]*)*" | [^\W\d]\w* )
  | (?P<mark> :: | . )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

Row = dict[str, str | None]
Tables = dict[str, list[Row]]
T = TypeVar("T")


class Unreadable(Exception):
    """A file that holds no tables, or not as they should be; the message says what is wrong."""


def read(path: Path) -> Tables:
    """Read all tables of a file; names of tables and columns in lower case and without underscores.

    Raises: Unreadable.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(SQLITE))
            if head == SQLITE:
                return _tables_of_sqlite(path)
            content = head + file.read(MAX_BYTES)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise Unreadable(f"{path} has more than {MAX_BYTES // 2**20} MB.")
    try:
        return Script(content.decode("utf-8-sig")).tables()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is neither a SQLite file nor an SQL script in UTF-8.") from error


def plain(name: str) -> str:
    """Reduce a name to what its spellings share: `InvoiceLine` and `invoice_line` are one."""
    return name.replace("_", "").lower()


def _tables_of_sqlite(path: Path) -> Tables:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            names = [
                name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            return {plain(name): [_texts(row) for row in _all(database, name)] for name in names}
    except sqlite3.Error as error:
        raise Unreadable(f"{path} is a SQLite file that cannot be read: {error}.") from error


def _all(database: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    quoted = table.replace('"', '""')
    return database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 (a name, quoted)


def _texts(row: sqlite3.Row) -> Row:
    return {plain(name): None if row[name] is None else str(row[name]) for name in row.keys()}  # noqa: SIM118


class Script:
    """A PostgreSQL script: CREATE TABLE and INSERT … VALUES are understood, the rest is passed over."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.kind, self.word, self.place = "", "", 0
        self.advance()

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        for match in TOKEN.finditer(self.text):
            if match.lastgroup and match.lastgroup != "space":
                yield match.lastgroup, match[0], match.start()

    def advance(self) -> str:
        """Step to the next token; give the one that is left."""
        left = self.word
        self.kind, self.word, self.place = next(self.tokens, ("end", "", len(self.text)))
        return left

    def at(self, *words: str) -> bool:
        return self.kind != "text" and self.word.lower() in words

    def expect(self, word: str) -> None:
        if not self.at(word):
            raise self.fault(f"{word.upper()} was expected")
        self.advance()

    def fault(self, message: str) -> Unreadable:
        line = self.text.count("\n", 0, self.place) + 1
        found = f", not {self.word[:30]!r}" if self.word else ""
        return Unreadable(f"Line {line} of the script: {message}{found}.")

    def tables(self) -> Tables:
        found: Tables = {}
        while self.kind != "end":
            if self.at("create"):
                self.advance()
                if self.at("table"):
                    self.advance()
                    while self.at("if", "not", "exists"):
                        self.advance()
                    found.setdefault(self.name(), [])
            elif self.at("insert"):
                self.insert(found)
            self.skip()
        return found

    def skip(self) -> None:
        """Pass over the rest of a statement."""
        while self.kind != "end" and not self.at(";"):
            self.advance()
        self.advance()

    def insert(self, found: Tables) -> None:
        self.advance()
        self.expect("into")
        rows = found.setdefault(self.name(), [])
        columns = self.several(self.name)
        self.expect("values")
        while True:
            values = self.several(self.value)
            if len(values) != len(columns):
                raise self.fault(f"a row has {len(values)} values for {len(columns)} columns")
            rows.append(dict(zip(columns, values, strict=True)))
            if not self.at(","):
                return
            self.advance()

    def several(self, one: Callable[[], T]) -> list[T]:
        """Read a list in brackets."""
        self.expect("(")
        found = [one()]
        while self.at(","):
            self.advance()
            found.append(one())
        self.expect(")")
        return found

    def name(self) -> str:
        """Read a name, of which a schema's goes unheeded."""
        while True:
            if self.kind != "name":
                raise self.fault("a name was expected")
            name = self.advance()
            if not self.at("."):
                return plain(name.strip('"').replace('""', '"'))
            self.advance()

    def value(self) -> str | None:
        if self.kind == "name" and self.at("date", "timestamp"):  # of a text that follows
            self.advance()
        if self.kind not in ("text", "escaped", "number") and not self.at("null", "true", "false"):
            raise self.fault("a plain value was expected")
        kind, word = self.kind, self.advance()
        while self.at("::"):
            self.advance()
            self.name()
            if self.at("("):
                self.several(self.value)
        if kind == "text":
            return word.lstrip("Nn")[1:-1].replace("''", "'")
        if kind == "escaped":
            return re.sub(r"''|\\(.)", _unescaped, word[2:-1], flags=re.DOTALL)
        return None if word.lower() == "null" else word


def _unescaped(match: re.Match[str]) -> str:
    return ESCAPES.get(match[1], match[1]) if match[1] else "'"
