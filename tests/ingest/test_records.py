"""Records are cut as RFC 4180 says, on the right lines, whatever the size of the blocks."""

from __future__ import annotations

import csv
import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.files.csv_records import cells, chunks
from ingest.loader_errors import Refusal

Found = list[tuple[int, bytes]]


def cut(data: bytes, size: int) -> Found | str:
    """Line and bytes of each record; the word "refused" when the file is refused."""
    blocks = [data[i : i + size] for i in range(0, len(data), size)]
    try:
        return [
            (int(line), chunk.record(index))
            for chunk in chunks(blocks)
            for index, line in enumerate(chunk.lines)
        ]
    except Refusal:
        return "refused"


def test_a_record_knows_the_line_it_begins_on() -> None:
    data = b'a,b\n"1\n2",x\n\n\r\n3,"y"\r\n4,z'
    expected = [(1, b"a,b"), (2, b'"1\n2",x'), (6, b'3,"y"'), (7, b"4,z")]
    assert cut(data, 1000) == expected
    assert cut(data, 1) == expected


@given(st.text(alphabet='a,"\n\r x', max_size=60), st.integers(1, 20))
def test_the_size_of_blocks_never_matters(text: str, size: int) -> None:
    data = text.encode()
    assert cut(data, size) == cut(data, 1000)


def test_a_lone_carriage_return_is_judged_alike_in_all_blocks() -> None:
    data = b'"\n"\ra\na"'
    assert cut(data, 1) == cut(data, 1000)


@given(
    st.lists(
        st.lists(st.text(alphabet='ab,"\n\r é', max_size=6), min_size=2, max_size=4), max_size=12
    ),
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    st.integers(1, 30),
)
def test_what_the_csv_module_writes_is_read_back(
    rows: list[list[str]], style: tuple[str, Literal[0, 1]], size: int
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=style[0], quoting=style[1]).writerows(rows)
    found = cut(out.getvalue().encode(), size)
    assert found != "refused"
    assert [cells(record) for _, record in found] == rows


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (b"", [""]),
        (b",", ["", ""]),
        (b'a,"b""c",', ["a", 'b"c', ""]),
        (b'6" pipe,x"y"z', ['6" pipe', 'x"y"z']),
        (b'"a"b,c', None),
        (b' "a",b', [' "a"', "b"]),
    ],
)
def test_cells(record: bytes, expected: list[str] | None) -> None:
    assert cells(record) == expected
