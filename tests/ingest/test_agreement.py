"""A column judged whole and judged cell by cell comes to the same result."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.checks.cell_rules import FileFacts, rules_for
from ingest.checks.cells import CellFault, read_cell
from ingest.files.batches import Verdict
from ingest.files.csv_reader import CsvReader
from ingest.loads.control_totals import Totals, net_amounts, sum_exactly
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column, Control, LineAmount, Table

TODAY = dt.date(2024, 6, 1)

NUMBERS = st.one_of(
    st.from_regex(r"[ +-]?[0-9]{0,20}(\.[0-9]{0,6})?([eE][+-]?[0-9]{1,2})?[ ]?", fullmatch=True),
    st.integers(-(2**64), 2**64).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(
        ["", " ", "0x1F", "1_0", "NaN", "inf", "-0", "1,5", "=1", "٣", "1e400", "1E-43"]
    ),
)
WORDS = st.text(alphabet="ab \"'é\n\r0x", max_size=8)
MOMENTS = st.one_of(
    st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2030, 1, 1)).map(
        lambda moment: moment.strftime("%d/%m/%Y %H:%M")
    ),
    st.sampled_from(["31/02/2020 10:00", "01/01/2020 24:00", "1/1/2020 09:00", "", "x"]),
)
CELLS = {
    "bigint": NUMBERS,
    "integer": NUMBERS,
    "smallint": NUMBERS,
    "numeric(18,4)": NUMBERS,
    "numeric(6,2)": NUMBERS,
    "double precision": NUMBERS,
    "varchar(5)": WORDS,
    "timestamp": MOMENTS,
    "boolean": st.sampled_from(["true", "False", "1", "0", "yes", "2", "", "T", "t", "FALSE"]),
}


def table_of(kind: str, **rules: Any) -> Table:
    form = "%d/%m/%Y %H:%M" if kind == "timestamp" else None
    column = Column("x", parse_type(kind), format=form, **rules)
    other = Column("y", parse_type("varchar(10)"))
    return Table("test", "things", "raw_test", (column, other), "append", has_header=False)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def read_all(table: Table, texts: list[str], size: int = 10**6) -> tuple[list[Any], list[int]]:
    """Values that were taken, in order, and the lines of those that were not."""
    data = "".join(f"{quoted(text)},z\n" for text in texts).encode()
    verdict = Verdict(10**6)
    reader = CsvReader(table, rules_for(table, FileFacts(), TODAY), verdict)
    values: list[Any] = []
    for batch in reader.batches([data[i : i + size] for i in range(0, len(data), size)]):
        values += batch.rows.column("x").to_pylist()
    assert len(values) + len(verdict.rejects) == verdict.rows == len(texts)
    return values, [reject.line for reject in verdict.rejects]


@pytest.mark.parametrize("kind", sorted(CELLS))
@pytest.mark.parametrize("required", [True, False])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.integers(1, 200))
def test_whole_columns_and_single_cells_agree(
    kind: str, required: bool, data: st.DataObject, size: int
) -> None:
    table = table_of(kind, required=required)
    (rule,) = [r for r in rules_for(table, FileFacts(), TODAY) if r.column.name == "x"]
    texts = data.draw(st.lists(CELLS[kind], min_size=1, max_size=20))
    expected = []
    for text in texts:
        try:
            expected.append(read_cell(text, rule))
        except CellFault:
            continue
    # Alone in its file, each cell is judged by the vectors first.
    alone = [value for text in texts for value in read_all(table, [text])[0]]
    assert alone == expected
    assert read_all(table, texts)[0] == expected
    assert read_all(table, texts, size) == read_all(table, texts)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%-d/%-m/%Y %-H:%M", "3/1/2024 9:05", dt.datetime(2024, 1, 3, 9, 5)),
        ("%-d/%-m/%Y %-H:%M", "13/01/2024 09:05", dt.datetime(2024, 1, 13, 9, 5)),
        ("%-m/%-d/%Y %-I:%M %p", "12/31/2024 12:05 AM", dt.datetime(2024, 12, 31, 0, 5)),
        ("%d.%m.%y %H:%M", "31.03.24 08:00", dt.datetime(2024, 3, 31, 8)),
        ("%d/%m/%Y %H:%M", "3/1/2024 9:05", None),
        ("%-d/%-m/%Y %-H:%M", "1/13/2024 9:05", None),
        ("%-d/%-m/%Y %-H:%M", "003/1/2024 9:05", None),
    ],
)
def test_a_minus_lets_one_digit_do(form: str, text: str, expected: dt.datetime | None) -> None:
    column = Column("x", parse_type("timestamp"), format=form)
    other = Column("y", parse_type("varchar(10)"))
    table = Table("test", "things", "raw_test", (column, other), "append", has_header=False)
    assert read_all(table, [text]) == (([expected], []) if expected else ([], [1]))


@given(st.from_regex(r"[+-]?[0-9]{1,14}(\.[0-9]{0,4})?", fullmatch=True))
def test_numbers_are_never_changed(text: str) -> None:
    values, rejected = read_all(table_of("numeric(18,4)"), [text])
    assert (values, rejected) == ([Decimal(text)], [])


@given(st.integers(-(10**11), 10**11), st.integers(0, 7))
def test_scientific_notation_is_exact(digits: int, power: int) -> None:
    values, _ = read_all(table_of("bigint"), [f"{digits}e+{power}"])
    assert values == [digits * 10**power]


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), max_size=40))
def test_sums_do_not_overflow(values: list[int]) -> None:
    assert sum_exactly(np.array(values, np.int64)) == sum(values)


def decimals(largest: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(-largest, largest, places=4, allow_nan=False)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            decimals(999_999),
            decimals(99_999_999),
            st.none() | decimals(99_999_999),
            st.sampled_from([None, "sale", "return", "gift"]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_net_amounts_are_exact(lines: list[tuple[Decimal, Decimal, Decimal | None, str]]) -> None:
    names = ("quantity", "unit_price", "discount")
    kind = pa.decimal128(18, 4)
    cells = list(zip(*lines, strict=True))
    rows = pa.table({name: pa.array(cells[at], kind) for at, name in enumerate(names)})
    rows = rows.append_column("kind", pa.array(cells[3], pa.string()))
    found = net_amounts(rows, LineAmount(*names, "kind"))
    for (quantity, price, discount, line_type), net in zip(lines, found.tolist(), strict=True):
        gross = (quantity * price).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        off = discount or Decimal(0)
        expected = gross + abs(off) if quantity < 0 else gross - off
        if line_type == "return" and quantity > 0:
            expected = -expected
        assert Decimal(net).scaleb(-4) == expected


@pytest.mark.parametrize(("key", "whole"), [("discount_share", 1), ("discount_percent", 100)])
@settings(deadline=None)
@given(lines=st.lists(st.tuples(decimals(999_999), decimals(99_999_999), decimals(1)), min_size=1,
                      max_size=20))  # fmt: skip
def test_shares_are_taken_off_in_whole_cents(
    key: str, whole: int, lines: list[tuple[Decimal, Decimal, Decimal]]
) -> None:
    kind = pa.decimal128(18, 4)
    rows = pa.table({
        "quantity": pa.array([line[0] for line in lines], kind),
        "unit_price": pa.array([line[1] for line in lines], kind),
        "off": pa.array([line[2] * whole for line in lines], kind),
    })  # fmt: skip
    found = net_amounts(rows, LineAmount("quantity", "unit_price", **{key: "off"}))
    for (quantity, price, share), net in zip(lines, found.tolist(), strict=True):
        gross = (quantity * price).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        off = (gross * abs(share)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert Decimal(net).scaleb(-4) == gross - off


def test_totals_add_up_over_batches() -> None:
    columns = (
        Column("x", parse_type("numeric(18,4)")),
        Column("y", parse_type("integer"), required=True),
    )
    control = Control("x", "y", dt.date(2004, 3, 22), "USD")
    table = Table(
        "test", "things", "raw_test", columns, "append", has_header=False, control=control
    )
    data = b"99999999999999.9999,2\n0.0001,1\n,2\n99999999999999.9999,2\n-1,1\n" * 3
    for size in (1, 7, 1000):
        totals, verdict = Totals(table), Verdict(0)
        reader = CsvReader(table, rules_for(table, FileFacts(), TODAY), verdict)
        for batch in reader.batches([data[i : i + size] for i in range(0, len(data), size)]):
            totals.add(batch.rows)
        found = [(t.business_date, t.row_count, t.control_amount) for t in totals.result()]
        assert found == [
            (dt.date(2004, 3, 23), 6, Decimal("-2.9997")),
            (dt.date(2004, 3, 24), 9, Decimal("599999999999999.9994")),
        ]
