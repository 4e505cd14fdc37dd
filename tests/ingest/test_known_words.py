"""Words of statuses that a source's crosswalk does not know are named when a file brings them."""

import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from ingest.loader_errors import DefinitionError
from ingest.loads.control_totals import Totals
from ingest.loads.known_words import UnknownWord, UnknownWords, read_crosswalks
from ingest.loads.load_report import FileResult, LoadReport, render
from ingest.tables.definition_files import read_definitions

_SEED = "seeds/shop/xwalk_shop_order_statuses.csv"


def _project(folder: Path, words: str = _SEED) -> Path:
    staging = folder / "models" / "staging" / "shop"
    staging.mkdir(parents=True)
    (staging / "_shop__sources.yml").write_text(f"""\
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: lines
        config: {{meta: {{mode: append, control: {{amount: total, currency: EUR}}}}}}
        columns:
          - {{name: status, data_type: varchar(64), config: {{meta: {{words: {words}}}}}}}
          - {{name: total, data_type: 'numeric(18,4)'}}
""")
    (folder / "seeds" / "shop").mkdir(parents=True)
    (folder / _SEED).write_text("source_code,effect\npaid,sale\ncancelled,void\n")
    return folder


def _rows(*rows: tuple[str | None, str]) -> pa.Table:
    words, amounts = zip(*rows, strict=True)
    numbers = pa.array([Decimal(amount) for amount in amounts], pa.decimal128(18, 4))
    return pa.table({"status": pa.array(words, pa.string()), "total": numbers})


def test_unknown_words_are_counted_with_their_amounts(tmp_path: Path) -> None:
    source = read_definitions(_project(tmp_path))["shop"]
    table = source.tables["lines"]
    words = UnknownWords(table, Totals(table), read_crosswalks(tmp_path, source))
    words.add(_rows(("paid", "1"), ("Refunded ", "8.50"), ("lost", "4"), (None, "2")))
    words.add(_rows(("CANCELLED", "16"), ("refunded", "32"), ("", "64")))
    assert words.result() == (
        UnknownWord("status", "refunded", 2, Decimal("40.5"), _SEED),
        UnknownWord("status", "lost", 1, Decimal(4), _SEED),
    )


def test_a_crosswalk_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = read_definitions(_project(tmp_path, "seeds/shop/other.csv"))["shop"]
    with pytest.raises(DefinitionError, match=r"words: seeds/shop/other\.csv cannot be read"):
        read_crosswalks(tmp_path, source)


def test_the_load_report_says_what_is_unknown_and_where_to_say_what_it_does() -> None:
    def result(name: str, rows: int, amount: str) -> FileResult:
        word = UnknownWord("status", "refunded", rows, Decimal(amount), _SEED)
        return FileResult(Path(name), "lines", "loaded", unknown_words=(word,))

    out = io.StringIO()
    report = LoadReport("shop", [result("a.csv", 2, "40.50"), result("b.csv", 1, "1000")])
    Console(file=out, width=120).print(render(report))
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["column", "unknown", "word", "rows", "control", "total"] in lines
    assert ["status", "refunded", "3", "1,040.50"] in lines
    assert (
        f"count as sales until they are mapped to sale, void or return in {_SEED}" in out.getvalue()
    )
