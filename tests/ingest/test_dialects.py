"""Files in the dialects of shops: encodings, delimiters, numbers, and what is no row of data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.checks.ids import WrittenAsFloats
from ingest.loader_errors import Refusal
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column
from ingest.tables.text_dialects import Dialect
from tests.ingest.dialect_tables import read, sales

HEADER = "Order,Date,Product,Qty,Price\n"
ONE = ("1", "2024-03-01", "mug", "1", "5.0000")
FIRST = "1,2024-03-01,mug,1,5.00\n"
SECOND = "2,2024-03-02,map,2,3.50\n"
SIZES = (1, 7, 10**6)


def names(encoding: str, text: str, **options: Any) -> list[str | None]:
    """The products of a file of one order each, written in an encoding."""
    lines = [f"{number},2024-03-01,{name},1,5.00" for number, name in enumerate(text.split("|"))]
    content = (HEADER + "\n".join(lines) + "\n").encode(encoding)
    found = read(sales(dialect=Dialect(encoding=encoding, **options)), content, 3)
    assert not found.rejects
    return [row[2] for row in found.rows]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Käsebrett|マグカップ"),
        ("utf-8-sig", "Käsebrett"),
        ("utf-16", "Käsebrett|マグカップ|𝄞"),
        ("utf-16-le", "Käsebrett|マグカップ"),
        ("cp1252", "Tasse „Blau“|5 € – ½"),
        ("iso8859-1", "Käsebrett|Ünder"),
        ("cp932", "マグカップ|紅茶 100g|ソ十表"),
        ("gb18030", "杯子|茶"),
        ("cp1251", "Кружка"),
    ],
)
def test_text_is_read_in_its_encoding(encoding: str, text: str) -> None:
    assert names(encoding, text) == text.split("|")


@pytest.mark.parametrize(
    ("encoding", "content", "message"),
    [
        # 0x81 is no character of Windows-1252; the second row stands on line 3.
        ("cp1252", b"1,2024-03-01,a,1,1\n2,2024-03-01,\x81,1,1\n", "line 3 (byte 0x81)"),
        ("cp932", b"1,2024-03-01,\x83,1,1\n", "not cp932 on line 2 (byte 0x83)"),
        ("utf-8", b"1,2024-03-01,K\xe4se,1,1\n", "not UTF-8 on line 2 (byte 0xe4)"),
        ("ascii", "1,2024-03-01,é,1,1\n".encode(), "not ascii on line 2 (byte 0xc3)"),
        ("utf-16-le", b"x", "not utf-16-le on line 1"),
        ("utf-16", b"1,2024-03-01,a,1,1\n", "does not begin with a byte order mark"),
        ("cp1252", "1,2024-03-01,Käse,1,1\n".encode(), "the file is UTF-8, not cp1252"),
        ("iso8859-15", "1,2024-03-01,Käse,1,1\n".encode(), "the file is UTF-8, not iso8859-15"),
        ("cp932", "1,2024-03-01,é,1,1\n".encode(), "the file is UTF-8, not cp932"),
        # „ is 0x84 in Windows-1252 and a control character in Latin-1.
        ("iso8859-1", b"1,2024-03-01,\x84a,1,1\n", "(U+0084) on line 2: the file is not iso8859-1"),
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_text_in_another_encoding_is_refused_by_line_and_byte(
    encoding: str, content: bytes, message: str, size: int
) -> None:
    header = b"" if encoding == "utf-16-le" else HEADER.encode()
    with pytest.raises(Refusal) as caught:
        read(sales(dialect=Dialect(encoding=encoding)), header + content, size)
    assert message in str(caught.value)


def test_a_mark_of_utf_8_is_no_windows_text() -> None:
    content = b"\xef\xbb\xbf" + HEADER.encode() + FIRST.encode()
    with pytest.raises(Refusal, match="the file is UTF-8, as its first bytes say, not cp1252"):
        read(sales(dialect=Dialect(encoding="cp1252")), content)
    assert read(sales(), content).rows == [ONE]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("size", SIZES)
def test_other_delimiters_leave_commas_alone(delimiter: str, size: int) -> None:
    lines = [HEADER.strip(), "1,2024-03-01,mug; blue,1,5.00", '2,2024-03-02,"a;b""c\nd",1,1']
    content = "\n".join(lines).translate({ord(","): delimiter, ord(";"): ","}) + "\n"
    found = read(sales(dialect=Dialect(delimiter=delimiter)), content, size)
    assert [row[2] for row in found.rows] == ["mug, blue", 'a,b"c\nd']
    assert (found.lines, found.rejects) == ([2, 3], [])


@pytest.mark.parametrize(
    ("dialect", "cell", "expected"),
    [
        (Dialect(quote=None), '"Best" lamp', '"Best" lamp'),
        (Dialect(quote=None, delimiter="\t"), 'lamp, 12"', 'lamp, 12"'),
        (Dialect(quote="'"), "'a,b''c'", "a,b'c"),
        (Dialect(quote="'"), '"lamp"', '"lamp"'),
        (Dialect(escape="\\"), r'"12\" lamp, C:\\x"', '12" lamp, C:\\x'),
        (Dialect(), '"12"" lamp"', '12" lamp'),
    ],
)
@pytest.mark.parametrize("size", SIZES)
def test_quotes_are_those_of_the_dialect(
    dialect: Dialect, cell: str, expected: str, size: int
) -> None:
    delimiter = dialect.delimiter
    rows = [HEADER.strip().split(","), ["1", "2024-03-01", cell, "1", "5"]]
    content = "\n".join(delimiter.join(row) for row in rows) + "\n"
    found = read(sales(dialect=dialect), content, size)
    assert [row[2] for row in found.rows] == [expected]


def test_text_behind_a_closing_quote_is_a_reject() -> None:
    content = HEADER + '1,2024-03-01,"mug"x,1,5\n' + SECOND
    found = read(sales(), content)
    assert found.rejects == [(2, None, "text after a closing quote")]
    assert found.lines == [3]


EURO = {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("1.208,50", EURO, "1208.5000"),
        ("1.234.567,8", EURO, "1234567.8000"),
        ("-8,50", EURO, "-8.5000"),
        ("12", EURO, "12.0000"),
        (",5", EURO, "0.5000"),
        ("1.50", EURO, "a number in another notation; the table has a decimal comma"),
        ("12.34,5", EURO, "a number in another notation"),
        ("1,2,3", EURO, "a number in another notation"),
        ("1.208,50", {"decimal": ","}, "a number in another notation"),
        ("13,25", {}, "a number in another notation; the table has a decimal point"),
        ("1,149.00", {"thousands": ","}, "1149.0000"),
        ("1149.00", {"thousands": ","}, "1149.0000"),
        ("11,49.00", {"thousands": ","}, "a number in another notation"),
        ("12,34,567.5", {"thousands": ","}, "1234567.5000"),
        ("1\u00a0234,5", {"decimal": ",", "thousands": " "}, "1234.5000"),
        ("1\u202f234", {"decimal": ",", "thousands": " "}, "1234.0000"),
        ("1’234.50", {"thousands": "'"}, "1234.5000"),
        ("$4.50", {}, "4.5000"),
        ("-$1.00", {}, "-1.0000"),
        ("$-1.00", {}, "-1.0000"),
        ("($1,149.00)", {"thousands": ","}, "-1149.0000"),
        ("$(2.00)", {}, "-2.0000"),
        ("USD 4.50", {}, "4.5000"),
        ("4.50 usd", {}, "4.5000"),
        ("$3.00 ", {}, "3.0000"),
        ("4.50-", {}, "-4.5000"),
        ("−4.50", {}, "-4.5000"),
        ("+4.50", {}, "4.5000"),
        ("2 pcs", {}, "2.0000"),
        ("2pcs", {}, "2.0000"),
        ("-(2)", {}, "a number with two signs"),
        ("€4.50", {}, "a number with a currency sign that the definition does not name"),
        ("4.50 EUR", {}, "a number with a word that the definition does not name"),
        ("2 kg", {}, "a number with a word that the definition does not name"),
        ("n/a", {}, "not a number"),
        ("-", {}, "not a number"),
        ("$", {}, "not a number"),
        ("4.12345", {}, "more than 4 decimals"),
        ("1e3", {}, "1000.0000"),
        ("0x1F", {}, "not a number"),
        ("NaN", {}, "not a finite number"),
    ],
)
def test_numbers_are_read_as_shops_write_them(
    cell: str, options: dict[str, str], expected: str
) -> None:
    price = Column("price", parse_type("numeric(18,4)"), currency=("$", "USD"), units=("pcs",))
    table = sales(Column("order", parse_type("varchar(9)")), price, dialect=Dialect(**options))
    content = f'order,price\n1,"{cell}"\n'
    found = read(table, content)
    # Beside many good ones a bad cell is found cell by cell; a good one is read in its column.
    many = read(table, content + "2,7\n" * 99)
    if found.rows:
        assert found.rows == [("1", expected)] == many.rows[:1]
        assert len(many.rows) == 100
    else:
        ((line, column, reason),) = found.rejects
        assert (line, column) == (2, "price")
        assert expected in reason
        assert many.rejects == found.rejects


def test_a_column_may_have_a_decimal_sign_of_its_own() -> None:
    quantity = Column("quantity", parse_type("numeric(18,4)"), decimal=".")
    price = Column("price", parse_type("numeric(18,4)"))
    table = sales(quantity, price, dialect=Dialect(delimiter=";", decimal=",", thousands="."))
    found = read(table, "quantity;price\n1.000;1.149,50\n2;3,5\n1,5;3,5\n")
    assert found.rows == [("1.0000", "1149.5000"), ("2.0000", "3.5000")]
    assert [(line, column) for line, column, _ in found.rejects] == [(4, "quantity")]


def test_whole_numbers_may_end_in_a_point_and_zeros() -> None:
    found = read(sales(dialect=Dialect(thousands=",")), HEADER + '1,2024-03-01,mug,"1,000.0",5\n')
    assert found.rows[0][3] == "1000"
    found = read(sales(), HEADER + "1,2024-03-01,mug,1.5,5\n")
    assert found.rejects == [(2, "qty", "not a whole number")]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_no_row_is_left_out_and_said(size: int) -> None:
    lines = [
        "sep=,",
        "My Shop - Sales report",
        'From 2024-03-01, "all" stores',
        "",
        HEADER.strip() + ",,",
        FIRST.strip() + ",,",
        ",,,,,,",
        "",
        " , ,,,",
        HEADER.strip(),
        SECOND.strip() + ",,",
        "total,,,3,12.00,,",
        ",,,,,,",
        "Total net,,,3,12.00",
    ]
    table = sales(dialect=Dialect(total_rows=("Total",), total_rows_lack=("date", "product")))
    found = read(table, "\n".join(lines) + "\n", size)
    assert found.rows == [ONE, ("2", "2024-03-02", "map", "2", "3.5000")]
    assert (found.lines, found.rejects) == ([6, 11], [])
    assert found.note == (
        "left out: 1 sep= line, 2 lines above the header, 3 blank rows, 1 repeated header, "
        "2 totals rows"
    )


TOTALS = Dialect(total_rows=("Total", "小計"), total_rows_lack=("order", "date", "price"))
LABELS = ["Total", "TOTAL 2024-03-01", "total:", "Bread Total", "Grand total :", "3月小計"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("label", LABELS)
def test_rows_of_totals_are_left_out_wherever_they_stand(label: str, size: int) -> None:
    lines = [FIRST, f",,{label},1,\n", SECOND, f",,{label},2\n", f",,{label},3,,\n", FIRST]
    found = read(sales(dialect=TOTALS), HEADER + "".join(lines), size)
    assert [row[0] for row in found.rows] == ["1", "2", "1"]
    assert (found.lines, found.rejects) == ([2, 4, 7], [])
    assert found.note == "left out: 3 totals rows"


@pytest.mark.parametrize("size", SIZES)
def test_a_line_is_no_total_whatever_its_product_is_called(size: int) -> None:
    lines = [
        "1,2024-03-01,Total Repair,1,5\n",
        "Total 7,2024-03-01,mug,1,5\n",
        # Without the order's number these are rejects and not totals.
        ",2024-03-01,Total Repair,1,5\n",
        ",,Totally blue mug,1,\n",
        "2,2024-03-02,Total,1,5\n",
    ]
    found = read(sales(dialect=TOTALS), HEADER + "".join(lines), size)
    assert [row[0] for row in found.rows] == ["1", "Total 7", "2"]
    assert found.rejects == [(line, "order", "empty, but required") for line in (4, 5)]
    assert found.note == ""


def test_totals_do_not_end_an_order_that_is_filled_down() -> None:
    dialect = Dialect(total_rows=("Total",), total_rows_lack=("product",))
    table = sales(dialect=dialect, fill_down=("order", "date"))
    found = read(table, HEADER + FIRST + ",,cup,2,3\nTotal,,,3,11\n" + SECOND)
    assert [row[:3] for row in found.rows] == [
        ("1", "2024-03-01", "mug"), ("1", "2024-03-01", "cup"), ("2", "2024-03-02", "map"),
    ]  # fmt: skip


def test_a_total_is_a_row_where_no_word_says_so() -> None:
    found = read(sales(), HEADER + FIRST + "Total,,,1,5.00\n")
    assert [row[0] for row in found.rows] == ["1", "Total"]


@pytest.mark.parametrize("size", SIZES)
def test_rows_of_another_width_are_rejects_on_their_lines(size: int) -> None:
    lines = ["Report", HEADER.strip(), '1,2024-03-01,"mug', '",1,5', "2,2024-03-01,mug, blue,1,5"]
    lines += ["3,2024-03-01,mug", "4,2024-03-01,mug,1,5,", "5,2024-03-01,mug,x,5"]
    found = read(sales(), "\n".join(lines) + "\n", size)
    assert found.lines == [3, 7]
    assert found.rejects == [
        (5, None, "6 cells instead of 5"),
        (6, None, "3 cells instead of 5"),
        (8, "qty", "not a number"),
    ]


def test_a_value_without_a_header_is_a_reject() -> None:
    found = read(sales(), HEADER.strip() + ",\n" + FIRST.strip() + ",\n" + SECOND.strip() + ",x\n")
    assert (found.lines, found.rejects) == ([2], [(3, None, "6 cells instead of 5")])


@pytest.mark.parametrize(
    ("dialect", "content", "message"),
    [
        (Dialect(), "sep=;\n" + HEADER + FIRST, "cells are separated by ';'; the table's dialect"),
        (
            Dialect(),
            "Report\nOrder,Date,Product,Qty\n1,2024-03-01,mug,1\n",
            "missing column 'price'",
        ),
        (Dialect(), "Report\nOrder,Date,Item,Qty,Price\n", "line 2: wrong header for table sales"),
        (Dialect(), "Report\n\nA,B\n1,2\n", "no line is the header of table sales; expected order"),
        (Dialect(), HEADER.replace(",", ";") + "1;2;3;4;5\n", "separated by semicolons"),
        (Dialect(), HEADER.replace(",", "\t") + "1\t2\t3\t4\t5\n", "tabs, not by commas"),
        (Dialect(delimiter=";"), HEADER + FIRST, "separated by commas, not by semicolons"),
        (Dialect(), HEADER, "a header but no rows"),
        (Dialect(), HEADER + ",,,,\n", "a header but no rows"),
        (Dialect(), "", "empty file"),
        (Dialect(quote=None), HEADER + "1,2024-03-01,\x1f,1,5\n", "a control character"),
        (Dialect(), HEADER.strip() + ",Qty\n1,2024-03-01,m,1,5,1\n", "repeated column 'qty'"),
        (Dialect(), "Report\n" * 300 + HEADER + FIRST, "no line is the header"),
    ],
)
def test_a_file_in_another_dialect_is_refused(dialect: Dialect, content: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(sales(dialect=dialect), content)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lines_above_rows_without_a_header_are_counted() -> None:
    table = sales(dialect=Dialect(skip_lines=2), has_header=False)
    found = read(table, "My shop\n\n" + FIRST + SECOND)
    assert (found.lines, found.note) == ([3, 4], "left out: 1 line above the header")


CELLS = st.text(alphabet="ab ,;\"'\n.01", max_size=6)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), st.integers(1, 60))
def test_a_plain_file_is_read_alike_with_and_without_a_dialect(
    rows: list[tuple[str, str, str]], size: int
) -> None:
    columns = (
        Column("order", parse_type("varchar(9)")),
        Column("product", parse_type("varchar(9)")),
        Column("price", parse_type("numeric(6,2)")),
    )
    content = "order,product,price\n"
    content += "".join(",".join(map(quoted, ("x" + row[0], *row[1:]))) + "\n" for row in rows)
    plain = read(sales(*columns, dialect=None), content)
    found = read(sales(*columns), content, size)
    assert (found.rows, found.lines) == (plain.rows, plain.lines)
    assert [reject[:2] for reject in found.rejects] == [reject[:2] for reject in plain.rejects]


@settings(max_examples=60, deadline=None)
@given(st.decimals(-(10**13), 10**13, places=4, allow_nan=False), st.sampled_from([".", " ", "'"]))
def test_thousands_do_not_change_a_number(number: Any, thousands: str) -> None:
    dialect = Dialect(decimal=",", thousands=thousands)
    columns = (Column("order", parse_type("varchar(9)")), Column("p", parse_type("numeric(18,4)")))
    written = f"{number:,.4f}".replace(",", thousands if thousands != "." else "T")
    written = written.replace(".", ",").replace("T", ".")
    assert read(sales(*columns, dialect=dialect), f'order,p\n1,"{written}"\n').rows == [
        ("1", f"{number:.4f}")
    ]


DIALECTS = st.builds(
    Dialect,
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252", "cp932", "iso8859-1", "gb18030"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quote=st.sampled_from(['"', "'", None]),
    escape=st.sampled_from([None, "\\"]),
    total_rows=st.just(("Total",)),
    total_rows_lack=st.sampled_from([("date",), ("product", "price")]),
    skip_lines=st.integers(0, 2),
)
SIGNS = st.text(alphabet="1,;|\t\n\r\"'\\ aTotl.0\x00\x1f(-$é\ufeff", max_size=60)


@settings(max_examples=200, deadline=None)
@given(DIALECTS, SIGNS, st.binary(max_size=20), st.integers(1, 40), st.booleans())
def test_any_bytes_are_read_or_refused_wherever_blocks_end(
    dialect: Dialect, text: str, junk: bytes, size: int, has_header: bool
) -> None:
    written = HEADER.replace(",", dialect.delimiter) + text if has_header else text
    content = written.encode(dialect.encoding, "replace") + junk
    table = sales(dialect=dialect, has_header=has_header, fill_down=("order", "date"))

    def outcome(block: int) -> object:
        try:
            return read(table, content, block)
        except (Refusal, WrittenAsFloats) as error:
            return type(error)

    assert outcome(size) == outcome(10**6)


def test_a_row_of_another_width_is_never_shown() -> None:
    """Cells too many are just what an export has that gained columns of its customers."""
    rows = "1,2024-03-01,mug, blue,1,5\n2,2024-03-01,mug,Jane Doe,4 Mill Rd,1,5\n" + FIRST
    kept_back = [(None, "1"), (None, "2")]
    assert read(sales(), HEADER + rows).quoted == kept_back
    assert read(sales(dialect=None), HEADER + rows).quoted == kept_back
    assert read(sales(is_of_people=True), HEADER + rows).quoted == kept_back
