"""Finds files, the table each belongs to, and what its name says."""

from __future__ import annotations

import datetime as dt
import glob
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeVar
from urllib.parse import unquote

from ingest.checks.cell_rules import FileFacts
from ingest.files.bucket_files import SCHEME, StoredFile
from ingest.loader_errors import Refusal
from ingest.tables.month_names import month_in_name
from ingest.tables.table_definitions import Source, Table

# One of several files that Spark, Hive or Dask write for one table: the folder names the table.
_PART = re.compile(r"part[-.](?:[mr]-)?\d.*|\d{6}_\d+(?:_.*)?", re.IGNORECASE)
_PARTITION = re.compile(r"([^=]+)=(.*)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_LONGEST_NAME = 512
_Place = TypeVar("_Place", bound=Path | StoredFile)
_ENDINGS = {".csv", ".txt", ".tsv", ".parquet", ".pq", ".gz"}


@dataclass(frozen=True)
class Candidate:
    """A file to process: its table (None: no table takes it) and what its name says.

    Files with the same `identity` are the same delivery: branch and day for a table whose pattern
    names them, otherwise the name without its ending. `name` is the file name; for a file that is
    one part of a folder, the folder comes first, as in `sales/dt=2024-05-01/part-0.parquet`.
    `fault` says why a name cannot be used. `stored`: the file is in S3, and `path` is where its
    copy is while it is loaded.
    """

    path: Path
    table: Table | None
    identity: str = ""
    facts: FileFacts = field(default_factory=FileFacts)
    fault: str = ""
    name: str = ""
    stored: StoredFile | None = None

    @property
    def place(self) -> Path | StoredFile:
        """Where the file is, for messages."""
        return self.stored or self.path

    @property
    def ledger_name(self) -> str:
        """What the ledger calls the file: its name, or its address in S3."""
        address = str(self.stored) if self.stored else ""
        name = printable(address if 0 < len(address) <= _LONGEST_NAME else self.name)
        return name[-_LONGEST_NAME:]

    @property
    def folder(self) -> str:
        """The folder that the file is a part of; empty for a single file."""
        return self.name.partition("/")[0] if "/" in self.name else ""

    @property
    def sort_key(self) -> tuple[str, list[tuple[int, int, str]]]:
        """The business day, or month and year, in the name, if any; then the name with its numbers
        and months as numbers."""
        name = (self.name or self.path.name).casefold()
        parts = re.findall(r"\d+|[^\W\d_]+|[\W_]+", name)
        months = [int(p) if p.isdigit() else month_in_name(p) for p in parts]
        numbers = [
            (1, 0, p) if n is None else (0, n, "") for p, n in zip(parts, months, strict=True)
        ]
        day = self.facts.day.isoformat() if self.facts.day else _month_and_year(parts)
        return day, numbers


def _month_and_year(parts: Sequence[str]) -> str:
    months = [month for part in parts if (month := month_in_name(part))]
    years = [part for part in parts if _YEAR.fullmatch(part)]
    return f"{max(years)}-{max(months):02}" if months and years else ""


def expand(text: str | Path) -> list[Path]:
    """The files of a path: the file itself, all files under a folder, or what a glob matches.

    In folders, hidden files and what Spark writes beside its data are skipped. Raises Refusal for
    a path that does not exist.
    """
    try:
        return _expand(Path(text))
    except PermissionError:
        raise Refusal("no permission to read it") from None


def _expand(path: Path) -> list[Path]:
    if path.is_dir():
        found = [p for p in path.rglob("*") if p.is_file()]
        return sorted(p for p in found if not _is_hidden(p, path))
    if path.exists():
        if not path.is_file():
            raise Refusal("neither a file nor a folder")
        return [path]
    matches = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207
    if not matches:
        raise Refusal("no such file or folder")
    return [p for p in matches if p.is_file()]


def _is_hidden(path: PurePath, folder: PurePath) -> bool:
    beside_data = path.name.startswith("_") and path.suffix.lower() not in _ENDINGS
    return beside_data or any(n.startswith(".") for n in path.relative_to(folder).parts)


def data_files(found: Sequence[StoredFile], key: str) -> list[StoredFile]:
    """The files of a folder in S3 without hidden ones and what Spark writes beside its data."""
    if [file.key for file in found] == [key]:
        return list(found)
    folder = PurePosixPath(key)
    return [file for file in found if not _is_hidden(PurePosixPath(file.key), folder)]


def printable(name: str) -> str:
    """A file name that can be shown and stored, even if its bytes are not UTF-8."""
    return name.encode("utf-8", "replace").decode("utf-8")


def stem(name: str) -> str:
    """A file name without endings such as .csv, .parquet and .gz: `sales.csv.gz` is `sales`."""
    path = Path(name)
    while path.suffix.lower() in _ENDINGS:
        path = path.with_suffix("")
    return str(path)


def claim(place: Path | StoredFile, source: Source, forced: Table | None = None) -> Candidate:
    """Find the table a file belongs to, by its name alone unless `forced` names the table."""
    if forced is not None:
        return _candidate(place, forced)
    name = stem(_full_name(_parts(place), place.name).partition("/")[0])
    for table in sorted(source.tables.values(), key=lambda t: -len(t.name)):
        pattern = table.file_pattern
        if pattern.fullmatch(name) if pattern else name.casefold().startswith(table.name):
            return _candidate(place, table)
    return _unread(place, None)


def identity_of(name: str, table: Table) -> str:
    """The identity of a file name: equal for the same delivery (see Candidate)."""
    if name.startswith(SCHEME):
        parts = tuple(name.removeprefix(SCHEME).split("/"))
        name = _full_name(parts, parts[-1])
    name, slash, part = name.partition("/")
    if slash:
        return f"{identity_of(name, table)}/{stem(part).casefold()}"
    match = table.file_pattern.fullmatch(stem(name)) if table.file_pattern else None
    groups = match.groupdict() if match else {}
    if groups:
        return "|".join(f"{key}={(value or '').casefold()}" for key, value in groups.items())
    return stem(name).casefold()


def _unread(place: Path | StoredFile, table: Table | None) -> Candidate:
    if isinstance(place, StoredFile):
        return Candidate(Path(place.name), table, stored=place)
    return Candidate(place, table)


def _candidate(place: Path | StoredFile, table: Table) -> Candidate:
    parts = _parts(place)
    full_name = _full_name(parts, place.name)
    first = stem(full_name.partition("/")[0])
    match = table.file_pattern.fullmatch(first) if table.file_pattern else None
    groups = match.groupdict() if match else {}
    names = {column.name for column in table.columns}
    expected = tuple((key, value) for key, value in groups.items() if key in names and value)
    day, fault = None, ""
    if table.file_pattern is not None and match is None and table.is_personal:
        # Rows are compared with the name; without that, shifted rows are harder to detect.
        fault = (
            f"the file name does not have the form that table {table.name} needs to check its rows"
        )
    if table.file_day_format and groups.get("day"):
        try:
            day = dt.datetime.strptime(groups["day"], table.file_day_format).date()
        except ValueError:
            fault = f"the day in the file name is not a date written as {table.file_day_format}"
    facts = FileFacts(expected, day, _partitions(parts))
    identity = identity_of(full_name, table)
    unread = _unread(place, table)
    return replace(unread, identity=identity, facts=facts, fault=fault, name=full_name)


def _parts(place: Path | StoredFile) -> tuple[str, ...]:
    return place.parts if isinstance(place, StoredFile) else place.resolve().parts[1:]


def _full_name(parts: tuple[str, ...], name: str) -> str:
    """A file name; for a part of a folder's table, with the folder's name before it. `parts` are
    those of its whole path."""
    first = len(parts) - 1
    while first > 0 and _PARTITION.fullmatch(parts[first - 1]):
        first -= 1
    is_part = first < len(parts) - 1 or _PART.fullmatch(stem(name)) is not None
    return "/".join(parts[first - 1 :]) if is_part and first > 0 else name


def _partitions(parts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What the folders above a file say about its rows, as in `dt=2024-05-01`."""
    found = []
    for name in parts[:-1]:
        match = _PARTITION.fullmatch(name)
        if match:
            value = unquote(match[2])
            found.append((match[1].casefold(), "" if value == _NO_VALUE else value))
    return tuple(found)


def unique(places: Sequence[_Place]) -> list[_Place]:
    """The places, each file once."""
    seen: dict[object, _Place] = {}
    for place in places:
        seen.setdefault(str(place) if isinstance(place, StoredFile) else place.resolve(), place)
    return list(seen.values())
