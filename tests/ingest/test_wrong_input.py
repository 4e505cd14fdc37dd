"""Each wrong file is refused whole with one clear line, or loses single rows with a reason."""

from __future__ import annotations

import gzip
import os
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from ingest.loader_errors import UsageError
from tests.ingest.conftest import (
    GROCERY_HEADER,
    LEEDS,
    Shop,
    good_lines,
    grocery_file,
    grocery_line,
    ticket,
)

NAME = "transaction_data.csv"
GOOD = grocery_file(good_lines(3))
# Without the time of day: workers must find the same tests, which are named by these bytes.
packed = partial(gzip.compress, mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"\n\n\n", "empty file"),
        (b"\xef\xbb\xbf", "empty file"),
        (GROCERY_HEADER.encode() + b"\n", "a header but no rows"),
        (GROCERY_HEADER.encode(), "a header but no rows"),
        (GOOD.replace("quantity,", "", 1).encode(), "missing column 'quantity'"),
        (GOOD.replace("quantity,", "quantity,colour,", 1).encode(), "unknown column 'colour'"),
        (
            GOOD.replace("sales_value", "sale_value", 1).encode(),
            "column 'sale_value' is unknown; 'sales_value' is missing: renamed?",
        ),
        (GOOD.replace("quantity", "day", 1).encode(), "repeated column 'day'"),
        ("\n".join(good_lines(3)).encode(), "the first line is not the header"),
        (GOOD.replace(",", ";").encode(), "wrong delimiter: cells are separated by semicolons"),
        (GOOD.replace(",", "\t").encode(), "wrong delimiter: cells are separated by tabs"),
        (GOOD.replace("\n", "\r").encode(), "carriage return alone"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.encode("utf-16-le"), "UTF-16"),
        (GOOD.encode() + b"caf\xe9\n", "not UTF-8 on line 5 (byte 0xe9)"),
        (GOOD.encode() + b"1,\x00,3\n", "NUL byte on line 5"),
        (GOOD.encode() + b'"1,2,3\n', "unclosed quote: the record that begins on line 5"),
        (GOOD.encode() + b"1" * 10_000_000, "line 5 is longer than 1 MB"),
        (GOOD.encode() + b'"' + b"x" * 10_000_000 + b'"\n', "begins on line 5"),
        (b"PK\x03\x04" + b"x" * 100, "a zip archive or an Excel workbook"),
        (b"PAR1" + b"x" * 100, "damaged Parquet file"),
        (packed(GOOD.encode())[:-12], "broken gzip: the archive ends too early"),
        (packed(GOOD.encode() * 500)[:-300] + b"x" * 300, "broken gzip"),
        (packed(b""), "empty file"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused(
    shop: Shop, content: bytes, message: str
) -> None:
    result = shop.load_one("grocery", NAME, content)

    assert result.status == "refused"
    assert message in result.message
    assert "\n" not in result.message
    assert shop.is_untouched()


def test_an_unclosed_quote_before_quoted_cells_names_its_line(shop: Shop) -> None:
    header = "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    lines = [header + "curr_size_of_product", '1,2,"GROCERY,National,A,B,C']
    lines += ['2,2,"MEAT, FRESH",National,A,B,C'] * 5

    result = shop.load_one("grocery", "product.csv", "\n".join(lines))

    assert result.status == "refused"
    assert "unclosed quote: the cell that begins on line 2" in result.message


def test_a_file_named_parquet_that_is_none_is_refused(shop: Shop) -> None:
    result = shop.load_one("grocery", "transaction_data.parquet", GOOD)
    assert (result.status, result.message) == (
        "refused",
        "not a Parquet file, despite its name",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD.encode(), "not a gzip file, despite its name"),
        (b"\x00\x8b\x08" + packed(GOOD.encode())[3:], "not a gzip file, despite its name"),
        (b"PK\x03\x04" + b"x" * 100, "a zip archive or an Excel workbook"),
        (b"", "empty file"),
    ],
)
def test_a_file_named_gzip_that_is_none_is_refused(
    shop: Shop, content: bytes, message: str
) -> None:
    result = shop.load_one("grocery", "transaction_data.csv.GZ", content)
    assert result.status == "refused"
    assert message in result.message
    assert shop.is_untouched()


def test_a_header_in_the_middle_is_one_reject(shop: Shop) -> None:
    """As in files put one behind the other; in a table of text alone, too."""
    lines = [*good_lines(60), GROCERY_HEADER, *good_lines(60)]
    rejects = [*shop.load_one("grocery", NAME, grocery_file(lines)).rejects]
    header = "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    header += "curr_size_of_product"
    products = [f"{number},9,MEAT,National,BEEF,RIBS,1 LB" for number in range(120)]
    text = "\n".join([header, *products[:60], header, *products[60:]])
    rejects += shop.load_one("grocery", "product.csv", text).rejects
    assert [(r.line, r.column, r.reason) for r in rejects] == [(62, None, "repeated header")] * 2


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip("\n").encode(),
        GOOD.replace("\n", "\n\n").encode(),
        GOOD.replace(GROCERY_HEADER, GROCERY_HEADER.upper()).encode(),
        packed(GOOD.encode()),
        packed(GOOD.encode()[:100]) + packed(GOOD.encode()[100:]),
    ],
    ids=["bom", "crlf", "no last newline", "blank lines", "upper case", "gzip", "two gzip members"],
)
def test_harmless_variants_give_the_same_rows(shop: Shop, content: bytes) -> None:
    assert shop.load_one("grocery", NAME, content).rows_loaded == 3
    rows = shop.query("select basket_id, day, sales_value from raw_grocery.transaction_data")
    assert [(b, d, str(v)) for b, d, v in sorted(rows)] == [
        (1000, 10, "2.5000"),
        (1001, 10, "2.5000"),
        (1002, 10, "2.5000"),
    ]


def test_columns_may_come_in_any_order(shop: Shop) -> None:
    names = GROCERY_HEADER.split(",")
    cells = grocery_line(basket_id=9, store_id=44).split(",")
    content = ",".join(reversed(names)) + "\n" + ",".join(reversed(cells)) + "\n"

    assert shop.load_one("grocery", NAME, content).status == "loaded"
    query = "select basket_id, store_id, trans_time, file_line from raw_grocery.transaction_data"
    assert shop.query(query) == [(9, 44, 1330, 2)]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"quantity": "1,000"}, None, "13 cells instead of 12"),
        ({"quantity": '"1,000"'}, "quantity", "a number with a thousands separator"),
        ({"sales_value": '"1,234.50"'}, "sales_value", "a number with a thousands separator"),
        ({"sales_value": '"2,50"'}, "sales_value", "decimal comma"),
        ({"sales_value": "$2.50"}, "sales_value", "a number with a currency sign"),
        ({"sales_value": "2.50 £"}, "sales_value", "a number with a currency sign"),
        ({"sales_value": "NaN"}, "sales_value", "not a finite number"),
        ({"sales_value": "-inf"}, "sales_value", "not a finite number"),
        ({"sales_value": "2.50001"}, "sales_value", "more than 4 decimals"),
        ({"sales_value": "100000000000000"}, "sales_value", "number out of range"),
        ({"sales_value": "1e400"}, "sales_value", "number out of range"),
        ({"sales_value": "=1+1"}, "sales_value", "a formula, not a number"),
        ({"sales_value": ""}, "sales_value", "empty, but required"),
        ({"quantity": "NULL"}, "quantity", "not a number"),
        ({"quantity": "1.5"}, "quantity", "not a whole number"),
        ({"quantity": "0x1F"}, "quantity", "not a number"),
        ({"quantity": "1_000"}, "quantity", "not a number"),
        ({"quantity": "9223372036854775808"}, "quantity", "number out of range"),
        ({"basket_id": "-1"}, "basket_id", "number out of range"),
        ({"basket_id": "NA"}, "basket_id", "not a number"),
        ({"day": "3000000000"}, "day", "number out of range"),
        ({"day": "99999"}, "day", "date outside 1990-01-01"),
        ({"day": "0"}, "day", "number out of range"),
        ({"trans_time": "2400"}, "trans_time", "not a time of day (HHMM)"),
        ({"trans_time": "1260"}, "trans_time", "not a time of day (HHMM)"),
        ({"trans_time": "-5"}, "trans_time", "not a time of day (HHMM)"),
    ],
)
def test_a_bad_cell_rejects_its_row(
    shop: Shop, changes: dict[str, str], column: str | None, reason: str
) -> None:
    lines = good_lines(150)
    lines.insert(100, grocery_line(**changes))

    result = shop.load_one("grocery", NAME, grocery_file(lines))

    assert result.status == "loaded"
    assert (result.rows_in_file, result.rows_loaded, result.rows_rejected) == (151, 150, 1)
    ((line, found, why, value),) = shop.query(
        "select line_number, column_name, reason, value from ops.rejected_rows"
    )
    assert (line, found) == (102, column)
    assert reason in why
    assert value == (None if column is None else changes[column].strip('"'))
    assert shop.lines() == 150


@pytest.mark.parametrize(("row", "count"), [("1,2,3", 3), (grocery_line() + ",", 13)])
def test_a_ragged_row_is_rejected_whole(shop: Shop, row: str, count: int) -> None:
    result = shop.load_one("grocery", NAME, grocery_file([*good_lines(120), row]))
    assert [(r.line, r.column, r.reason, r.value) for r in result.rejects] == [
        (122, None, f"{count} cells instead of 12", None)
    ]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("4.0128e+10", 40128000000),
        ("3.1198705046E10", 31198705046),
        ("1E+3", 1000),
        ("0007", 7),
        ("12.0", 12),
    ],
)
def test_ids_in_scientific_notation_arrive_whole(shop: Shop, written: str, stored: int) -> None:
    lines = [*good_lines(2), grocery_line(basket_id=written)]
    assert shop.load_one("grocery", NAME, grocery_file(lines)).rows_rejected == 0
    query = "select basket_id from raw_grocery.transaction_data where file_line = 4"
    assert shop.value(query) == stored


def test_text_arrives_as_given(shop: Shop) -> None:
    header = "PRODUCT_ID,MANUFACTURER,DEPARTMENT,BRAND,COMMODITY_DESC,SUB_COMMODITY_DESC,"
    lines = [
        header + "CURR_SIZE_OF_PRODUCT",
        "1,2, NA ,NULL,=1+1,N/A, ",
        '2,,"two\nlines","with ""quotes""","a, b",,nan',
        '3,4,6" pipe,None,Crème brûlée,\\N,1.50',
    ]
    result = shop.load_one("grocery", "product.csv", "\n".join(lines))

    assert result.rows_rejected == 0
    assert shop.query("select * from raw_grocery.product order by product_id") == [
        (1, 2, " NA ", "NULL", "=1+1", "N/A", " ", 1, 2),
        (2, None, "two\nlines", 'with "quotes"', "a, b", None, "nan", 1, 3),
        (3, 4, '6" pipe', "None", "Crème brûlée", "\\N", "1.50", 1, 5),
    ]


def test_text_after_a_closing_quote_is_a_reject(shop: Shop) -> None:
    header = "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
    lines = [header + "curr_size_of_product", "1,2,A,B,C,D,E", '2,2,"A"x,B,C,D,E']
    result = shop.load_one("grocery", "product.csv", "\n".join(lines))
    assert [(r.line, r.reason) for r in result.rejects] == [(3, "text after a closing quote")]


def test_a_cell_longer_than_its_column_is_a_reject(shop: Shop) -> None:
    lines = ["product_id,store_id,week_no,display,mailer", "1,2,3,12345678,A", "1,2,3,123456789,A"]
    result = shop.load_one("grocery", "causal_data.csv", "\n".join(lines))
    assert [(r.line, r.column, r.reason) for r in result.rejects] == [
        (3, "display", "longer than 8 characters")
    ]


def test_too_many_rejects_refuse_the_file_and_name_the_first(shop: Shop) -> None:
    lines = [*good_lines(198), grocery_line(day="x"), grocery_line(quantity="y")]
    assert shop.load_one("grocery", NAME, grocery_file(lines)).status == "loaded"

    lines.append(grocery_line(store_id="z"))
    result = shop.load_one("grocery", "transaction_data_2.csv", grocery_file(lines))
    assert result.status == "refused"
    assert "3 of 201 rows would be rejected" in result.message
    assert "line 200, day: not a number ('x'); line 201, quantity: not a number ('y')" in (
        result.message
    )
    assert "and more" not in result.message
    assert shop.value("select count(*) from ops.load_files") == 1


def test_more_than_a_thousand_rejects_refuse_even_a_large_file(shop: Shop) -> None:
    bad = [grocery_line(day="x")] * 1001
    content = grocery_file([*good_lines(150_000), *bad])
    result = shop.load_one("grocery", NAME, content)
    assert "more than 1,000 rows would be rejected" in result.message
    assert result.message.count("not a number") == 3 and "; and more" in result.message
    assert shop.is_untouched()


def test_the_limits_can_be_set(shop: Shop) -> None:
    lines = [*good_lines(2), grocery_line(day="x"), grocery_line(day="y")]
    assert shop.load_one("grocery", NAME, grocery_file(lines)).status == "refused"
    result = shop.load_one("grocery", NAME, grocery_file(lines), max_reject_share=0.5)
    assert (result.rows_loaded, result.rows_rejected) == (2, 2)

    one = grocery_file([*good_lines(500), grocery_line(day="x")])
    name = "transaction_data_strict.csv"
    assert shop.load_one("grocery", name, one, max_reject_share=0).status == "refused"


def test_one_bad_row_of_few_is_allowed_but_not_alone(shop: Shop) -> None:
    bad = grocery_line(day="x")
    name = "transaction_data_tiny.csv"
    assert shop.load_one("grocery", NAME, grocery_file([*good_lines(1), bad])).status == "loaded"
    assert shop.load_one("grocery", name, grocery_file([bad])).status == "refused"


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"date_time": "31/02/2020 09:15"}, "date_time", "no such date or time"),
        ({"date_time": "01/01/2020 24:00"}, "date_time", "no such date or time"),
        ({"date_time": "01/13/2020 10:00"}, "date_time", "no such date or time"),
        ({"date_time": "1/1/2020 9:15"}, "date_time", "not a date and time written as"),
        ({"date_time": "2020-01-01 09:15"}, "date_time", "not a date and time written as"),
        ({"date_time": "02/01/2020 09:15"}, "date_time", "not the day in the file name"),
        ({"date_time": "01/01/1020 09:15"}, "date_time", "date outside 1990-01-01"),
        ({"products": "Regular Latte"}, "products", "does not have the form this column requires"),
        (
            {"products": "Latte - 2.15, Tea"},
            "products",
            "does not have the form this column requires",
        ),
        ({"total_price": "£4.90"}, "total_price", "a number with a currency sign"),
        ({"payment_method": "card"}, "payment_method", "not one of CARD, CASH"),
        ({"card_number": ""}, "card_number", "empty, although payment_method is not CASH"),
        ({"payment_method": "CASH"}, "card_number", "must be empty when payment_method is CASH"),
        (
            {"card_number": "4929-1234"},
            "card_number",
            "does not have the form this column requires",
        ),
        ({"branch_name": "Chesterfield"}, "branch_name", "differs from the file name"),
    ],
)
def test_a_bad_ticket_is_rejected_without_its_value(
    shop: Shop, changes: dict[str, str], column: str, reason: str
) -> None:
    content = "\n".join([ticket()] * 3 + [ticket(**changes)])
    result = shop.load_one("cafe", LEEDS, content)

    assert (result.rows_loaded, result.rows_rejected) == (3, 1)
    ((line, found, why, value),) = shop.query(
        "select line_number, column_name, reason, value from ops.rejected_rows"
    )
    assert (line, found, value) == (4, column, None)
    assert reason in why


def test_exchanged_day_and_month_are_recognised_by_the_file_name(shop: Shop) -> None:
    rows = [ticket(date_time="02/01/2020 09:15"), ticket(date_time="01/02/2020 09:15")]
    result = shop.load_one("cafe", "leeds_02-01-2020_09-00-00.csv", "\n".join(rows))
    assert result.rows_loaded == 1
    assert result.rejects[0].reason == ("not the day in the file name; day and month swapped?")


def test_a_file_name_with_an_impossible_day_is_refused(shop: Shop) -> None:
    result = shop.load_one("cafe", "leeds_31-02-2020_09-00-00.csv", ticket())
    assert (result.status, "the day in the file name is not a date" in result.message) == (
        "refused",
        True,
    )


def test_a_ticket_whose_lines_do_not_add_up_is_loaded(shop: Shop) -> None:
    assert shop.load_one("cafe", LEEDS, ticket(total_price="99.99")).rows_loaded == 1


def test_an_unknown_table_or_source_is_wrong_usage(shop: Shop) -> None:
    path = shop.write(NAME, GOOD)
    with pytest.raises(UsageError, match="no table 'sales'; it has: campaign_desc"):
        shop.load("grocery", path, table="sales")
    with pytest.raises(UsageError, match="no source 'bakery'; known: cafe, ecommerce"):
        shop.load("bakery", path)
    with pytest.raises(UsageError, match="64 hex digits"):
        shop.load("grocery", path, token_key="secret")


def test_a_missing_path_is_refused_and_the_rest_loaded(shop: Shop) -> None:
    path = shop.write(NAME, GOOD)
    report = shop.load("grocery", shop.folder / "nowhere.csv", path)
    assert [(r.file, r.status, r.message) for r in report.files] == [
        ("nowhere.csv", "refused", "no such file or folder"),
        (NAME, "loaded", ""),
    ]
    assert report.exit_code == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(shop: Shop) -> None:
    path = shop.write(NAME, GOOD)
    path.chmod(0)
    (result,) = shop.load("grocery", path).files
    assert result.message == "no permission to read the file"


def test_a_file_without_permission_is_refused_even_for_root(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shop.write(NAME, GOOD)
    real_open = Path.open

    def forbidden(opened: Path, *arguments: Any, **options: Any) -> IO[Any]:
        if opened == path:
            raise PermissionError(13, "Permission denied", str(opened))
        return real_open(opened, *arguments, **options)

    monkeypatch.setattr(Path, "open", forbidden)
    (result,) = shop.load("grocery", path).files
    assert result.message == "no permission to read the file"


def test_files_that_no_table_claims_are_named_and_left_alone(shop: Shop) -> None:
    shop.write("notes.txt", "hello")
    shop.write("TRANSACTION_DATA-march.CSV", GOOD)
    report = shop.load("grocery")
    assert {r.file: r.status for r in report.files} == {
        "notes.txt": "unclaimed",
        "TRANSACTION_DATA-march.CSV": "loaded",
    }
    assert report.exit_code == 0


def test_a_table_can_be_forced(shop: Shop) -> None:
    result = shop.load_one("grocery", "export_17.csv", GOOD, table="transaction_data")
    assert (result.table, result.rows_loaded) == ("transaction_data", 3)


def test_odd_paths_are_refused_in_one_line(shop: Shop) -> None:
    pipe = shop.folder / "transaction_data_pipe.csv"
    os.mkfifo(pipe)
    strange = shop.folder / os.fsdecode(b"transaction_data_\xe9.csv")
    strange.write_text(GOOD, encoding="utf-8")
    report = shop.load("grocery", pipe, strange)
    assert [(r.file, r.status, r.message) for r in report.files] == [
        ("transaction_data_pipe.csv", "refused", "neither a file nor a folder"),
        ("transaction_data_?.csv", "loaded", ""),
    ]


def test_the_cause_of_most_rejects_is_told_first(shop: Shop) -> None:
    """With a cell that has it, and the key of the definition that reads it."""
    lines = [grocery_line(sales_value='"13,25"', basket_id=1000 + n) for n in range(20)]
    lines += [grocery_line(day="x"), *good_lines(3)]
    result = shop.load_one("grocery", NAME, grocery_file(lines))
    assert result.message.startswith(
        "sales_value: 20 of 24 cells are like '13,25': a decimal comma (set dialect: {decimal: "
        "','} in the definition; warehouse scaffold writes one); 21 of 24 rows would be rejected"
    )


def test_a_cause_quotes_no_cell_of_people(shop: Shop) -> None:
    lines = [ticket(total_price=f"{n}.x") for n in range(20)]
    result = shop.load_one("cafe", LEEDS, "\n".join(lines) + "\n")
    assert result.message.startswith("total_price: 20 of 20 cells: not a number; 20 of 20 rows")
    assert ".x" not in result.message
