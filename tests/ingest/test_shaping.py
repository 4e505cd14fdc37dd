"""Order cells filled down within their order, and items side by side turned into lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.loader_errors import Refusal
from ingest.tables.column_types import parse_type
from ingest.tables.table_definitions import Column, Table
from ingest.tables.text_dialects import Dialect
from tests.ingest.dialect_tables import read, sales

TEXT = parse_type("varchar(64)")
SIZES = (1, 9, 10**6)


def spread(*fill_down: str) -> Table:
    columns = (
        Column("order", TEXT, required=True, is_id=True),
        Column("customer", TEXT),
        Column("status", TEXT),
        Column("product", TEXT, required=True),
        Column("qty", parse_type("integer")),
    )
    return sales(*columns, fill_down=fill_down)


HEADER = "order,customer,status,product,qty\n"


@pytest.mark.parametrize("size", SIZES)
def test_cells_of_an_order_hold_for_all_of_its_lines(size: int) -> None:
    lines = [
        "1,c1,paid,mug,1",
        "1,,,tray,2",
        "2,,open,mug,1",
        "2,,,map,1",
        "3,c3,,cup,1",
        "1,,,x,1",
    ]
    found = read(spread("customer", "status"), HEADER + "\n".join(lines) + "\n", size)
    assert [row[:4] for row in found.rows] == [
        ("1", "c1", "paid", "mug"),
        ("1", "c1", "paid", "tray"),
        # What an order does not say is not taken from the order above.
        ("2", None, "open", "mug"),
        ("2", None, "open", "map"),
        ("3", "c3", None, "cup"),
        # An order that comes again further down begins anew.
        ("1", None, None, "x"),
    ]


@pytest.mark.parametrize("size", SIZES)
def test_a_line_without_an_order_continues_the_one_above(size: int) -> None:
    lines = [",,,first,1", "1,c1,paid,mug,1", ",,,tray,x", "", ",,,map,1", "2,c2,,mug,1"]
    found = read(spread("order", "customer", "status"), HEADER + "\n".join(lines) + "\n", size)
    assert [row[:4] for row in found.rows] == [
        ("1", "c1", "paid", "mug"),
        ("1", "c1", "paid", "map"),
        ("2", "c2", None, "mug"),
    ]
    assert found.lines == [3, 6, 7]
    assert found.rejects == [(2, "order", "empty, but required"), (4, "qty", "not a number")]


@pytest.mark.parametrize("size", SIZES)
def test_lines_behind_an_unreadable_one_join_no_wrong_order(size: int) -> None:
    """The line on 3 may have begun an order: what follows it must not count as order 1."""
    lines = ["1,c1,paid,mug,1", "2,c2,paid,mug, blue,1", ",,,tray,1", "1,,,map,1", "3,,,cup,1"]
    found = read(spread("order", "customer", "status"), HEADER + "\n".join(lines) + "\n", size)
    assert [row[:4] for row in found.rows] == [
        ("1", "c1", "paid", "mug"),
        ("1", "c1", "paid", "map"),
        ("3", None, None, "cup"),
    ]
    assert [reject[:2] for reject in found.rejects] == [(3, None), (4, "order")]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "2", "3"]),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from(["", "p", "q"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.booleans(), st.integers(1, 80))
def test_filling_down_is_what_a_reader_of_the_file_does(
    rows: list[tuple[str, str, str, bool]], orders_too: bool, size: int
) -> None:
    fill_down = ("order", "customer", "status") if orders_too else ("customer", "status")
    content = HEADER
    expected = []
    above: list[str] = []
    is_known = False
    for order, customer, status, is_broken in rows:
        content += f"{order},{customer},{status},x,1{',2' if is_broken else ''}\n"
        if is_broken:
            is_known = False
            continue
        cells = [order, customer, status]
        if not order and orders_too and is_known:
            cells[0] = above[0]
        if not cells[0]:
            continue
        if above and above[0] == cells[0]:
            cells = [own or over for own, over in zip(cells, above, strict=True)]
        above, is_known = cells, True
        expected.append(tuple(cell or None for cell in cells))
    found = read(spread(*fill_down), content, size)
    assert [row[:3] for row in found.rows] == expected


def side_by_side() -> Table:
    columns = (
        Column("order", TEXT, required=True, is_id=True),
        Column("item", parse_type("integer"), required=True, header="{n}"),
        Column("product", TEXT, required=True, header="Product Item {n} SKU"),
        Column("qty", parse_type("integer"), header="Product Item {n} Qty"),
        Column("note", TEXT, header="Note {n}", optional=True),
        Column("total", parse_type("numeric(18,4)")),
    )
    return sales(*columns, dialect=Dialect())


WIDE = "order,total,Product Item 1 SKU,Product Item 1 Qty,Product Item 2 SKU,Product Item 2 Qty,"


@pytest.mark.parametrize("size", SIZES)
def test_items_side_by_side_become_lines(size: int) -> None:
    header = WIDE + "product item 10 sku,Product Item 10 Qty,Note 2\n"
    lines = ["A,9.50,SOAP,3,TOW,1,,,", "B,2,SOAP,1,,,,,", "C,1,,,,,,,", 'D,7,,,"LA\nMP",x,MAP,2,hi']
    found = read(side_by_side(), header + "\n".join(lines) + "\n", size)
    assert found.rows == [
        ("A", "1", "SOAP", "3", None, "9.5000"),
        ("A", "2", "TOW", "1", None, "9.5000"),
        ("B", "1", "SOAP", "1", None, "2.0000"),
        ("D", "10", "MAP", "2", None, "7.0000"),
    ]
    assert found.lines == [2, 2, 3, 5]
    # An order without items is not lost in silence, and a bad item spoils its line alone.
    assert found.rejects == [(4, "product", "empty, but required"), (5, "qty", "not a number")]


def test_a_file_may_have_more_items_than_another() -> None:
    one = read(side_by_side(), WIDE[: WIDE.index(",Product Item 2")] + "\nA,1,SOAP,2\n")
    assert one.rows == [("A", "1", "SOAP", "2", None, "1.0000")]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("order,total\n", "missing column 'product item {n} sku', 'product item {n} qty'"),
        (WIDE + "Product Item 1 SKU\n", "repeated column 'Product Item 1 SKU'"),
        (WIDE + "Product Item X SKU\n", "unknown column 'product item x sku'"),
    ],
)
def test_headers_of_items_are_checked(header: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(side_by_side(), header + "A,1,S,1,T,1,U\n")
    assert message in str(caught.value)


def test_both_shapes_go_together() -> None:
    table = side_by_side()
    table = sales(*table.columns, fill_down=("order", "total"))
    header = "order,total,Product Item 1 SKU,Product Item 1 Qty\n"
    found = read(table, header + "A,5,SOAP,1\n,,TOW,2\n")
    assert [row[0] for row in found.rows] == ["A", "A"]
    assert [row[5] for row in found.rows] == ["5.0000", "5.0000"]
