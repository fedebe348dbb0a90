"""What was backed up: what a restored database must be equal to, and what a restore needs."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .failure import Unproven

# The first has no extensions and no preload, and may have rows as the server counted them instead of those dumped.
FORMAT = 2
_READABLE = (1, 2)


@dataclass(frozen=True, order=True)
class Table:
    schema: str
    name: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What can be counted in a database."""

    tables: tuple[Table, ...]
    large_objects: int

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def differences(self, other: "Contents") -> Iterator[str]:
        """What is otherwise in the other, a line each."""
        wanted, there = ({(t.schema, t.name): t.rows for t in contents.tables} for contents in (self, other))
        for schema, name in sorted(wanted.keys() | there.keys()):
            table, rows, found = f"{schema}.{name}", wanted.get((schema, name)), there.get((schema, name))
            if found is None:
                yield f"table {table} is missing"
            elif rows is None:
                yield f"table {table} was not backed up"
            elif rows != found:
                yield f"table {table} has {found} rows instead of {rows}"
        if self.large_objects != other.large_objects:
            yield f"{other.large_objects} large objects instead of {self.large_objects}"


@dataclass(frozen=True, order=True)
class Extension:
    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Database:
    """What a dump of its contents does not hold.

    create, properties: SQL in which {database} stands for its name: with its encoding and locale; its settings,
        grants, comment and owner.
    roles: of the whole server, which a restored object may belong to.
    extensions: which the server that it is restored into must have, and which of its libraries were loaded at its
        start (preload): some extensions refuse to be created otherwise.
    """

    name: str
    create: str
    properties: tuple[str, ...]
    roles: tuple[str, ...]
    extensions: tuple[Extension, ...] = ()
    preload: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A backup's description.

    key: the dump's; sha256: of the dump, in hexadecimal.
    created: when the backup began.
    server_version: of the server; client_version: of the pg_dump that wrote it.
    """

    key: str
    created: datetime
    reason: str
    namespace: str
    server_version: str
    client_version: str = ""
    bytes: int
    sha256: str
    database: Database
    contents: Contents

    def to_json(self) -> str:
        fields = {"format": FORMAT, **asdict(self), "created": self.created.isoformat()}
        return json.dumps(fields, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, key: str) -> "Manifest":
        try:
            fields: dict[str, Any] = json.loads(text)
            if (number := fields.pop("format")) not in _READABLE:
                raise Unproven(
                    f"the manifest of {key} has the format {number!r}; use the image that wrote it, or newer"
                )
            database, contents = fields.pop("database"), fields.pop("contents")
            manifest = cls(
                **{**fields, "created": datetime.fromisoformat(fields["created"])},
                database=Database(
                    **{
                        **database,
                        "properties": tuple(database["properties"]),
                        "roles": tuple(database["roles"]),
                        "extensions": tuple(Extension(**each) for each in database.get("extensions", ())),
                        "preload": tuple(database.get("preload", ())),
                    }
                ),
                contents=Contents(
                    tables=tuple(Table(**table) for table in contents["tables"]),
                    large_objects=contents["large_objects"],
                ),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unproven(f"the manifest of {key} is damaged ({type(error).__name__}: {error})") from None
        if manifest.key != key:
            raise Unproven(f"the manifest of {key} is about {manifest.key}: one of them was moved")
        return manifest
