"""What a backup says about itself: `manifest.json`, the last part of the file."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from warehouse.errors import WarehouseError

FORMAT = 1


@dataclass(frozen=True)
class Part:
    """One part of the file: size in bytes and SHA-256 in hex digits."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Relation:
    """A table or view, with its object id and, of a table, the number of rows."""

    schema: str
    name: str
    object_id: int
    rows: int | None


@dataclass(frozen=True)
class BackupManifest:
    """The state that was backed up, and the parts of the file.

    server_version: PostgreSQL's number, 180004 for 18.4. owners, readers: roles that own something
    in `schemas` or have rights to it. built_hash: fingerprint.built_hash at that moment.
    key_fingerprint: None if nothing had a token key yet. registry: where the risk models stay that
    are not in the file, otherwise None. models: the version in use by name.
    """

    format: int
    project_version: str
    created_at: str
    server_version: int
    prefix: str
    schemas: tuple[str, ...]
    owners: tuple[str, ...]
    readers: tuple[str, ...]
    relations: tuple[Relation, ...]
    built_hash: str
    key_fingerprint: str | None
    registry: str | None
    models: dict[str, str]
    parts: tuple[Part, ...] = ()

    @property
    def tables(self) -> dict[tuple[str, str], int]:
        """Number of rows by schema and name."""
        return {(r.schema, r.name): r.rows for r in self.relations if r.rows is not None}

    @property
    def major_version(self) -> int:
        """Major version of the server, such as 18."""
        return self.server_version // 10_000

    def part(self, name: str) -> Part | None:
        """The part of this name, if the file has it."""
        return next((part for part in self.parts if part.name == name), None)

    def as_json(self) -> bytes:
        """The text of the file."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()


def read_manifest_of_backup(content: bytes) -> BackupManifest:
    """The manifest from its text. Raises WarehouseError for another format or another text."""
    try:
        given = json.loads(content)
        version = _number(given["format"])
        if version == FORMAT:
            return _manifest(given)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WarehouseError("Its manifest cannot be read") from None
    raise WarehouseError(
        f"Its format is {version}, and this version of the project knows {FORMAT}; "
        "update the checkout"
    )


def _manifest(given: dict[str, Any]) -> BackupManifest:
    return BackupManifest(
        format=FORMAT,
        project_version=_text(given["project_version"]),
        created_at=datetime.fromisoformat(_text(given["created_at"])).isoformat(),
        server_version=_number(given["server_version"]),
        prefix=_text(given["prefix"]),
        schemas=_texts(given["schemas"]),
        owners=_texts(given["owners"]),
        readers=_texts(given["readers"]),
        relations=tuple(
            Relation(
                _text(one["schema"]),
                _text(one["name"]),
                _number(one["object_id"]),
                None if one["rows"] is None else _number(one["rows"]),
            )
            for one in given["relations"]
        ),
        built_hash=_text(given["built_hash"]),
        key_fingerprint=_text_or_none(given["key_fingerprint"]),
        registry=_text_or_none(given["registry"]),
        models={_text(name): _text(version) for name, version in given["models"].items()},
        parts=tuple(
            Part(_text(one["name"]), _number(one["size"]), _text(one["sha256"]))
            for one in given["parts"]
        ),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(_text(value) for value in values)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError
    return value
