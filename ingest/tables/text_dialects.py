"""How the text files of a table are written: encoding, delimiter, numbers, rows to skip."""

from __future__ import annotations

import codecs
import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ingest.loader_errors import DefinitionError
from ingest.tables.month_names import is_language

DIALECT_KEYS = {
    "encoding",
    "delimiter",
    "quote",
    "escape",
    "decimal",
    "thousands",
    "language",
    "skip_lines",
    "total_rows",
    "total_rows_lack",
}
_DELIMITERS = {",": ",", ";": ";", "\t": "\t", "tab": "\t", "|": "|"}
_QUOTES = {'"': '"', "'": "'", "none": None}
_DECIMALS = (".", ",")
_THOUSANDS = (".", ",", "'", " ")


@dataclass(frozen=True)
class Dialect:
    """The dialect of a table's text files; the defaults are those of a plain CSV file.

    `thousands` " " means any blank and "'" either apostrophe. `quote` is None if quotes are
    ordinary characters. `skip_lines` lines are skipped above the first row of files without a
    header; a header is searched for. `total_rows` are words: a row is not data if a cell begins or
    ends with one of them and all columns of `total_rows_lack` are empty.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    decimal: str = "."
    thousands: str | None = None
    languages: tuple[str, ...] = ("en",)
    skip_lines: int = 0
    total_rows: tuple[str, ...] = ()
    total_rows_lack: tuple[str, ...] = ()

    @property
    def is_wide(self) -> bool:
        """Whether every character has more than one byte."""
        return self.encoding.startswith(("utf-16", "utf-32"))


def read_dialect(meta: Any, where: str) -> Dialect | None:
    """The dialect in a table's definition, or None if it has none.

    Raises DefinitionError for values that the loader cannot use.
    """
    if meta is None:
        return None
    where = f"{where}, dialect"
    if not isinstance(meta, dict):
        raise DefinitionError(
            f"{where}: must be a mapping such as {{delimiter: ';', decimal: ','}}"
        )
    dialect = Dialect(
        encoding=_encoding(str(meta.get("encoding", "utf-8")), where),
        delimiter=_one_of(_DELIMITERS, meta, "delimiter", ",", where) or ",",
        quote=_one_of(_QUOTES, meta, "quote", '"', where),
        escape=_one_of({"\\": "\\"}, meta, "escape", None, where),
        decimal=_one_of(dict(zip(_DECIMALS, _DECIMALS, strict=True)), meta, "decimal", ".", where)
        or ".",
        thousands=_one_of(
            dict(zip(_THOUSANDS, _THOUSANDS, strict=True)), meta, "thousands", None, where
        ),
        languages=tuple(texts(meta.get("language", "en"), f"{where}, language")),
        skip_lines=meta.get("skip_lines", 0),
        total_rows=tuple(texts(meta.get("total_rows", []), f"{where}, total_rows")),
        total_rows_lack=tuple(texts(meta.get("total_rows_lack", []), f"{where}, total_rows_lack")),
    )
    if bool(dialect.total_rows) != bool(dialect.total_rows_lack):
        raise DefinitionError(
            f"{where}: total_rows and total_rows_lack need each other: the words in a totals row, "
            "and the columns that every order line fills but a totals row leaves empty"
        )
    if dialect.decimal == dialect.thousands:
        raise DefinitionError(f"{where}: decimal and thousands must be different characters")
    for language in dialect.languages:
        if not is_language(language):
            raise DefinitionError(
                f"{where}: unknown language {language!r}; use a code such as de or pt_BR"
            )
    if type(dialect.skip_lines) is not int or dialect.skip_lines < 0:
        raise DefinitionError(f"{where}: skip_lines must be a number of lines")
    return dialect


def read_time_zone(name: Any, where: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of this IANA name, None for None; raises DefinitionError if it is unknown."""
    if name is None:
        return None
    try:
        return zoneinfo.ZoneInfo(str(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise DefinitionError(
            f"{where}: unknown time zone {str(name)!r}; use a name such as Europe/Berlin"
        ) from None


def total_label(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for cells that begin or end with one of the words; the word is group `first` or
    `last`. Only letters of scripts with blanks between words can continue a word."""
    letter = "[A-Za-z\u00aa-\u1fff]"
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(
        rf"\s*(?P<first>{listed})(?!{letter})|.*(?<!{letter})(?P<last>{listed})[\s:]*\Z",
        re.IGNORECASE | re.DOTALL,
    )


def texts(value: Any, where: str) -> list[str]:
    """A text or a list of texts as a list; raises DefinitionError for anything else."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(x, str) and x.strip() for x in found):
        raise DefinitionError(f"{where}: must be a text or a list of texts")
    return found


def _encoding(name: str, where: str) -> str:
    try:
        "x".encode(name)
        return codecs.lookup(name).name
    except (LookupError, UnicodeError):
        raise DefinitionError(
            f"{where}: unknown text encoding {name!r}; use a name such as utf-8 or cp1252"
        ) from None


def _one_of(
    known: dict[str, Any], meta: dict[str, Any], key: str, default: str | None, where: str
) -> str | None:
    value = meta.get(key, default)
    if value is not None and value not in known:
        listed = ", ".join(repr(name) for name in known)
        raise DefinitionError(f"{where}: {key} must be one of {listed}, not {value!r}")
    return None if value is None else known[value]
