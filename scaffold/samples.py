"""Sample files as text: rows of cells under headers, read in the dialect that fits them."""

from dataclasses import dataclass, field
from pathlib import Path

from ingest.files.claimed_files import expand, stem, unique
from ingest.files.file_bytes import is_parquet
from ingest.foreign_text import shown, shown_names
from ingest.loader_errors import Refusal
from scaffold.file_dialect import GuessedDialect, guess_text
from scaffold.file_names import undated
from scaffold.parquet_samples import read_parquet
from warehouse.errors import WarehouseError

SAMPLE_ROWS = 50_000


@dataclass
class Sample:
    """One or more files of the same columns: their headers and the cells of each column, as text.

    `columns[i]` holds the cells under `headers[i]`, at most SAMPLE_ROWS from each file; `rows` says
    where each row is, such as `orders.csv line 7`.
    """

    stem: str
    headers: list[str]
    columns: list[list[str]]
    files: list[Path] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    dialect: GuessedDialect | None = None
    said: list[str] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """Rows that were read."""
        return len(self.columns[0]) if self.columns else 0


def read_samples(paths: tuple[Path, ...], has_header: bool = True) -> list[Sample]:
    """The samples in these paths (files, folders, patterns); files with equal columns are one.

    Raises WarehouseError that names the file that is not a CSV, gzip or Parquet file with rows.
    """
    samples: dict[tuple[str, ...], Sample] = {}
    found: list[Path] = []
    for given in paths:
        # Spark writes _SUCCESS and the like beside its files.
        own = [path for path in _files(given) if not path.name.startswith("_")]
        if not own:
            raise WarehouseError(
                f"{shown(str(given))} has no file. Put the shop system's exports there: text files "
                "with delimiters (CSV, TSV or TXT, plain or .gz) or Parquet. One must hold the "
                "order lines."
            )
        found += own
    for path in unique(found):
        try:
            one = _read(path, has_header)
        except Refusal as fault:
            raise WarehouseError(f"{shown(path.name)} cannot serve as a sample: {fault}.") from None
        key = (*(name.casefold() for name in one.headers), "" if has_header else one.stem)
        known = samples.setdefault(key, one)
        if known is not one:
            _append(known, one)
    return list(samples.values())


def _append(known: Sample, one: Sample) -> None:
    if known.dialect != one.dialect:
        first, second = shown(known.files[0].name), shown(one.files[0].name)
        raise WarehouseError(
            f"{second} has the columns of {first} but another format ({one.dialect} instead of "
            f"{known.dialect}). Scaffold them as two sources, or save both in one format."
        )
    if known.dialect is not None and one.dialect is not None:
        known.dialect = known.dialect.with_rows_of(one.dialect)
    known.stem = _common_part(undated(known.stem), undated(one.stem))
    known.files += one.files
    known.rows += one.rows
    known.said += one.said
    for column, more in zip(known.columns, one.columns, strict=True):
        column.extend(more)


def _files(path: Path) -> list[Path]:
    try:
        return expand(path)
    except Refusal as fault:
        raise WarehouseError(f"{shown(str(path))}: {fault}.") from None


def _read(path: Path, has_header: bool) -> Sample:
    if is_parquet(path):
        headers, columns = read_parquet(path, SAMPLE_ROWS)
        dialect, said = None, []
        rows = [f"{shown(path.name)} row {number}" for number in range(1, len(columns[0]) + 1)]
    else:
        text = guess_text(path, has_header, SAMPLE_ROWS)
        headers, columns, dialect, said = text.headers, text.columns, text.dialect, text.said
        rows = [f"{shown(path.name)} line {line}" for line in text.lines]
    _check_header(headers)
    if not columns or not columns[0]:
        raise Refusal("it has a header and no rows")
    return Sample(stem(path.name), headers, columns, [path], rows, dialect, said)


def _check_header(headers: list[str]) -> None:
    folded = [name.casefold() for name in headers]
    repeated = sorted({name for name in folded if folded.count(name) > 1})
    if repeated:
        raise Refusal(
            f"its header repeats {shown_names(repeated)}, and these columns cannot be told "
            "apart; rename them in the shop system or in the file's first line. If the file has "
            "two rows of headers, make one of them: Customer No, Article No"
        )
    if "" in folded:
        raise Refusal(
            f"column {folded.index('') + 1} of its header has no name; write one in, or take the "
            "column out"
        )
    if all(name.replace(".", "").replace("-", "").isdigit() for name in folded):
        raise Refusal("its first line is not a header; say --no-header if it has none")


def _common_part(one: str, other: str) -> str:
    """The common beginning of two names; if months or days come first, their common end."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    head, tail = one[:start], one[len(one) - end :]
    return head if len(_letters(head)) >= len(_letters(tail)) and head else tail or one


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())
