"""The rows in a dump, counted in the SQL that pg_restore makes of it.

What the server would count is another thing: a table that is truncated while pg_dump runs is empty in every snapshot
from then on, older ones too (PostgreSQL documentation, 13.6 Caveats), and the dump still has its rows.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

# The possessive quantifiers keep a statement that has not come to its end from being tried in every way there is.
_STATEMENT = re.compile(rb"""(?:\s++|--[^\n]*+\n|\\[^\n]*+\n)*+((?!\\)(?:[^'";-]++|'[^']*+'|"[^"]*+"|-(?!-))*+);""")
_NAME = rb'((?:"[^"]*+")++|[^".\s]++)'
_COPY = re.compile(rb"COPY " + _NAME + rb"\." + _NAME + rb" .*FROM stdin", re.DOTALL)
_LARGE_OBJECT = b"SELECT pg_catalog.lo_open("

# The line after the last row. No row looks like it: a backslash in one is doubled.
_END = b"\\.\n"

# A schema and a table, in the database's own encoding.
Name = tuple[bytes, bytes]


@dataclass
class Counter:
    """Takes the output of `pg_restore --section=data --file=-`, in pieces of any size.

    rows: of each table for which there is a COPY, empty ones too.
    """

    rows: dict[Name, int] = field(default_factory=lambda: defaultdict(int))
    large_objects: int = 0
    _table: Name | None = None
    _rest: bytes = b""
    _within_row: bool = False

    def feed(self, piece: bytes) -> None:
        text, at = self._rest + piece, 0
        while at < len(text):
            after = self._statement(text, at) if self._table is None else self._rows(text, at)
            if after == at:
                break
            at = after
        self._rest = text[at:]

    def _statement(self, text: bytes, at: int) -> int:
        """Where the next one ends; where it begins when its end is not there yet."""
        match = _STATEMENT.match(text, at)
        # Rows begin after the line's end.
        if match is None or match.end() == len(text):
            return at
        if copy := _COPY.fullmatch(match[1]):
            self._table = (_unquoted(copy[1]), _unquoted(copy[2]))
            self.rows[self._table] += 0
            return match.end() + 1
        self.large_objects += match[1].startswith(_LARGE_OBJECT)
        return match.end()

    def _rows(self, text: bytes, at: int) -> int:
        """The end of the rows that are there; the beginning of a line that may be the last."""
        assert self._table is not None
        if self._within_row:
            end_of_row = text.find(b"\n", at)
            if end_of_row < 0:
                return len(text)
            self._within_row = False
            self.rows[self._table] += 1
            return end_of_row + 1
        # The line before it ends where this one begins.
        end = at - 1 if text.startswith(_END, at) else text.find(b"\n" + _END, at)
        if end >= 0 or text.startswith(_END, at):
            self.rows[self._table] += text.count(b"\n", at, end + 1)
            self._table = None
            return end + 1 + len(_END)
        whole = text.rfind(b"\n", at) + 1 or at
        self.rows[self._table] += text.count(b"\n", at, whole)
        if _END.startswith(text[whole:]):
            return whole
        # A row may be a gigabyte: what is there of it need not be kept.
        self._within_row = True
        return len(text)


def _unquoted(name: bytes) -> bytes:
    """PostgreSQL documentation, 4.1.1 Identifiers."""
    return name[1:-1].replace(b'""', b'"') if name.startswith(b'"') else name
