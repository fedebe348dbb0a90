"""What was backed up, in the words of the database at that moment: what a restored one must be equal to."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from .failure import Unproven

FORMAT = 1


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


@dataclass(frozen=True, kw_only=True)
class Database:
    """What a dump of its contents does not hold.

    create, properties: SQL in which {database} stands for its name: with its encoding and locale; its settings,
        grants, comment and owner.
    roles: of the whole server, which a restored object may belong to.
    """

    name: str
    create: str
    properties: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A backup's description.

    key: the dump's; sha256: of the dump, in hexadecimal.
    created: when its snapshot was taken.
    """

    key: str
    created: datetime
    reason: str
    namespace: str
    server_version: str
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
            if fields.pop("format") != FORMAT:
                raise Unproven(f"the manifest of {key} has another format than {FORMAT}; use the image that wrote it")
            database, contents = fields.pop("database"), fields.pop("contents")
            manifest = cls(
                **{**fields, "created": datetime.fromisoformat(fields["created"])},
                database=Database(
                    **{**database, "properties": tuple(database["properties"]), "roles": tuple(database["roles"])}
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
