"""What is taken, skipped, refused and put out of use when files come again."""

from __future__ import annotations

import datetime as dt
import gzip

import pytest

from ingest.loader_errors import UsageError
from ingest.loads.loader import unload
from tests.ingest.conftest import LEEDS, Shop, good_lines, grocery_file, grocery_line, ticket

MARCH = "transaction_data_march.csv"
CONTENT = grocery_file(good_lines(3))
OTHER = grocery_file([grocery_line(basket_id=7), grocery_line(basket_id=8)])
PRODUCTS = "product_id,manufacturer,department,brand,commodity_desc,sub_commodity_desc,"
PRODUCTS += "curr_size_of_product\n"
A, B = PRODUCTS + "1,2,A,A,A,A,A\n", PRODUCTS + "1,2,B,B,B,B,B\n2,2,B,B,B,B,B\n"


def loads(shop: Shop) -> list[tuple[int, str, bool, int | None]]:
    query = "select load_id, status, is_live, superseded_by_load_id from ops.load_files order by 1"
    return [(a, b, c, d) for a, b, c, d in shop.query(query)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (MARCH, CONTENT.encode()),
        ("transaction_data_other_name.csv", CONTENT.encode()),
        (MARCH + ".gz", gzip.compress(CONTENT.encode())),
        ("transaction_data_packed.csv.gz", gzip.compress(CONTENT.encode(), mtime=1)),
    ],
    ids=["same name", "other name", "packed", "packed under another name"],
)
def test_the_same_content_is_never_taken_twice(shop: Shop, name: str, content: bytes) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    before = shop.everything()

    result = shop.load_one("grocery", name, content)

    assert (result.status, result.message[:23]) == ("known", "already loaded as load ")
    assert shop.everything() == before


def test_the_same_content_is_not_taken_twice_with_adds_either(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    assert shop.load_one("grocery", MARCH, CONTENT, adds=True).status == "known"


def test_a_known_name_with_other_content_waits_for_a_word(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    result = shop.load_one("grocery", MARCH, OTHER)
    assert result.status == "refused"
    assert "pass --corrects if this file replaces it, --adds if both count" in result.message
    assert shop.lines() == 3


@pytest.mark.parametrize("half", [3, 2.5], ids=["after a line", "within a line"])
def test_a_file_that_grew_takes_the_place_of_its_beginning(shop: Shop, half: float) -> None:
    # 200 lines, of which one that is cut off may be rejected.
    whole = grocery_file(good_lines(200))
    lines = whole.splitlines(keepends=True)
    beginning = "".join(lines[:121])
    beginning += lines[121][: len(lines[121]) // 2] if half == 2.5 else ""
    first = shop.load_one("grocery", MARCH, beginning)
    assert (first.rows_loaded, first.rows_rejected) == (120, 1 if half == 2.5 else 0)
    shop.load_one("grocery", "transaction_data_april.csv", grocery_file([grocery_line(day=9)]))

    result = shop.load_one("grocery", MARCH, whole)
    assert (result.status, result.rows_loaded, result.message) == ("loaded", 200, "replaces load 1")
    assert shop.lines() == 201
    assert shop.load_one("grocery", MARCH, beginning).status == "known"
    assert shop.lines() == 201


def test_what_does_not_begin_with_what_was_loaded_has_not_grown(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    changed = grocery_line(basket_id=1000, sales_value="9.99")
    longer = grocery_file([changed, *good_lines(9)[1:]])
    assert shop.load_one("grocery", MARCH, longer).status == "refused"
    assert shop.lines() == 3


def test_a_file_that_grew_adds_when_told_to(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    grown = CONTENT + grocery_line(basket_id=9) + "\n"
    assert "replaces" not in shop.load_one("grocery", MARCH, grown, adds=True).message
    assert [is_live for _, _, is_live, _ in loads(shop)] == [True, True]


def test_corrects_takes_the_place_of_the_earlier_load(shop: Shop) -> None:
    first = shop.load_one("grocery", MARCH, CONTENT)
    second = shop.load_one("grocery", MARCH, OTHER, corrects=True)
    assert loads(shop) == [
        (first.load_id, "corrected", False, second.load_id),
        (second.load_id, "live", True, None),
    ]
    assert shop.query("select distinct load_id from raw_grocery.transaction_data") == [
        (second.load_id,)
    ]
    assert second.message == f"replaces load {first.load_id}"


def test_adds_keeps_both(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", MARCH, OTHER, adds=True)
    assert [row[1] for row in loads(shop)] == ["live", "live"]
    assert shop.lines() == 5


def test_corrects_after_adds_takes_the_place_of_both(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", MARCH, OTHER, adds=True)
    shop.load_one("grocery", MARCH, grocery_file([grocery_line()]), corrects=True)
    assert [row[1] for row in loads(shop)] == ["corrected", "corrected", "live"]
    assert shop.lines() == 1


def test_corrected_content_stays_out_until_asked_for(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", MARCH, OTHER, corrects=True)

    again = shop.load_one("grocery", MARCH, CONTENT)
    assert (again.status, "since corrected by load 2" in again.message) == ("known", True)

    back = shop.load_one("grocery", MARCH, CONTENT, corrects=True)
    assert back.status == "loaded"
    assert shop.lines() == 3


def test_corrects_and_adds_contradict_each_other(shop: Shop) -> None:
    with pytest.raises(UsageError, match="contradict"):
        shop.load("grocery", corrects=True, adds=True)


def test_a_branch_and_day_again_is_a_correction(shop: Shop) -> None:
    shop.load_one("cafe", LEEDS, ticket())
    late = "Leeds_01-01-2020_17-30-00.csv"
    shop.load_one("cafe", late, "\n".join([ticket(), ticket(total_price="5")]))
    assert [row[1] for row in loads(shop)] == ["corrected", "live"]
    assert shop.value("select count(*) from raw_cafe.transactions") == 2

    before = shop.everything()
    assert [r.status for r in shop.load("cafe").files] == ["known", "known"]
    assert shop.everything() == before


def test_another_day_of_the_branch_is_no_correction(shop: Shop) -> None:
    shop.load_one("cafe", LEEDS, ticket())
    day = "leeds_02-01-2020_09-00-00.csv"
    shop.load_one("cafe", day, ticket(date_time="02/01/2020 08:00"))
    assert [row[1] for row in loads(shop)] == ["live", "live"]


def test_replace_a_b_a_ends_at_a(shop: Shop) -> None:
    for content in (A, B, A):
        assert shop.load_one("grocery", "product.csv", content).status == "loaded"
    assert [row[1:] for row in loads(shop)] == [
        ("replaced", False, 2),
        ("replaced", False, 3),
        ("live", True, None),
    ]
    assert shop.query("select product_id, brand from raw_grocery.product") == [(1, "A")]
    assert shop.load_one("grocery", "product_again.csv", A).status == "known"


def test_of_several_files_of_a_replace_table_the_newest_by_name_counts(shop: Shop) -> None:
    shop.write("product_9.csv", A)
    shop.write("product_10.csv", B)
    statuses = {r.file: r.status for r in shop.load("grocery").files}
    assert statuses == {"product_9.csv": "superseded", "product_10.csv": "loaded"}
    before = shop.everything()

    statuses = {r.file: r.status for r in shop.load("grocery").files}
    assert statuses == {"product_9.csv": "superseded", "product_10.csv": "known"}
    assert shop.everything() == before


def test_a_refused_newest_file_leaves_the_place_to_the_one_before(shop: Shop) -> None:
    shop.write("product_1.csv", A)
    shop.write("product_2.csv", "what,is,this\n1,2,3\n")
    report = shop.load("grocery")
    assert [(r.file, r.status) for r in report.files] == [
        ("product_1.csv", "loaded"),
        ("product_2.csv", "refused"),
    ]
    assert report.exit_code == 1


def test_a_refused_replacement_leaves_the_table_as_it_was(shop: Shop) -> None:
    shop.load_one("grocery", "product.csv", A)
    before = shop.everything()
    assert shop.load_one("grocery", "product.csv", PRODUCTS).status == "refused"
    assert shop.everything() == before


def test_a_file_given_twice_in_one_call_is_loaded_once(shop: Shop) -> None:
    path = shop.write(MARCH, CONTENT)
    copy = shop.write("transaction_data_copy.csv", CONTENT)
    link = shop.folder / "transaction_data_link.csv"
    link.symlink_to(path)
    report = shop.load("grocery", path, shop.folder, link, str(shop.folder / "*.csv"), copy)
    assert sorted(r.status for r in report.files) == ["known", "loaded"]
    assert shop.lines() == 3


def test_files_are_taken_by_day_then_by_name_with_numbers_as_numbers(shop: Shop) -> None:
    for number in (10, 9):
        line = grocery_line(basket_id=number)
        shop.write(f"transaction_data_{number}.csv", grocery_file([line]))
    shop.write("york_01-02-2020_09-00-00.csv", ticket(branch_name="York"))
    report = shop.load("grocery")
    assert [(r.file, r.load_id) for r in report.files if r.load_id] == [
        ("transaction_data_9.csv", 1),
        ("transaction_data_10.csv", 2),
    ]
    (shop.folder / "york_01-02-2020_09-00-00.csv").unlink()
    for day, branch in (("01-02-2020", "Aberdeen"), ("31-01-2020", "York")):
        moment = f"{day.replace('-', '/')} 10:00"
        content = ticket(date_time=moment, branch_name=branch)
        shop.write(f"{branch}_{day}_09-00-00.csv", content)
    report = shop.load("cafe")
    assert [r.file[:4] for r in report.files if r.load_id] == ["York", "Aber"]


def test_unload_takes_one_load_out_and_lets_its_file_come_again(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", "transaction_data_april.csv", OTHER)

    taken = unload(shop.conninfo, 1)

    assert (taken.source, taken.table, taken.file, taken.rows) == (
        "grocery",
        "transaction_data",
        MARCH,
        3,
    )
    assert loads(shop)[0] == (1, "unloaded", False, None)
    assert shop.lines() == 2
    assert shop.load_one("grocery", MARCH, CONTENT).status == "loaded"
    assert shop.lines() == 5


def test_content_may_come_again_once_its_correction_is_unloaded(shop: Shop) -> None:
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", MARCH, OTHER, corrects=True)
    unload(shop.conninfo, 2)
    assert shop.load_one("grocery", MARCH, CONTENT).status == "loaded"


def test_unload_of_what_is_not_live_is_wrong_usage(shop: Shop) -> None:
    with pytest.raises(UsageError, match="there is no load 99"):
        unload(shop.conninfo, 99)
    shop.load_one("grocery", MARCH, CONTENT)
    unload(shop.conninfo, 1)
    with pytest.raises(
        UsageError, match=r"load 1 \(transaction_data_march.csv\) is already unloaded"
    ):
        unload(shop.conninfo, 1)


def test_check_judges_and_writes_nothing(shop: Shop) -> None:
    bad = grocery_file([*good_lines(2), grocery_line(day="x")])
    result = shop.load_one("grocery", MARCH, bad, check=True)
    assert (result.status, result.rows_loaded, result.rows_rejected) == ("checked", 2, 1)
    assert [str(v) for v in result.amounts().values()] == ["5.0000"]
    assert shop.is_untouched()

    assert shop.load_one("cafe", LEEDS, ticket(), check=True).status == "checked"
    assert shop.is_untouched()

    shop.load_one("grocery", MARCH, CONTENT)
    before = shop.everything()
    assert shop.load_one("grocery", MARCH, CONTENT, check=True).status == "known"
    assert shop.load_one("grocery", MARCH, OTHER, check=True).status == "refused"
    assert shop.load_one("grocery", MARCH, GARBAGE, check=True).status == "refused"
    assert shop.everything() == before


GARBAGE = "a,b\n1,2\n"


def test_the_ledger_says_what_was_loaded(shop: Shop) -> None:
    bad = grocery_file([*good_lines(2), grocery_line(day="x")])
    shop.load_one("grocery", MARCH, bad, as_of=dt.date(2024, 3, 1))
    columns = "source_system, table_name, file_name, file_bytes, rows_in_file, rows_loaded"
    ((*found, as_of, in_order),) = shop.query(
        f"select {columns}, rows_rejected, as_of_date, finished_at >= started_at"
        " from ops.load_files"
    )
    assert found == ["grocery", "transaction_data", MARCH, len(bad), 3, 2, 1]
    assert (as_of, in_order) == (dt.date(2024, 3, 1), True)


def test_control_totals_are_per_business_day(shop: Shop) -> None:
    # Day 1 of the panel is 2004-03-23.
    lines = [
        grocery_line(day=2, sales_value="0.10"),
        grocery_line(day=1, sales_value="-1.25"),
        grocery_line(day=2, sales_value="0.2001"),
        grocery_line(day="x", sales_value="1000"),
    ]
    shop.load_one("grocery", MARCH, grocery_file(lines), max_reject_share=0.25)
    query = "select business_date, currency_code, row_count, control_amount::text"
    assert shop.query(f"{query} from ops.load_totals order by 1") == [
        (dt.date(2004, 3, 23), "USD", 1, "-1.2500"),
        (dt.date(2004, 3, 24), "USD", 2, "0.3001"),
    ]


def test_totals_of_tables_without_amount_or_day_count_rows(shop: Shop) -> None:
    shop.load_one("grocery", "product.csv", B)
    redeemed = "household_key,day,coupon_upc,campaign\n1,1,2,3\n1,1,2,4\n"
    shop.load_one("grocery", "coupon_redempt.csv", redeemed)
    assert shop.query("select * from ops.load_totals order by 1") == [
        (1, None, None, 2, None),
        (2, dt.date(2004, 3, 23), None, 2, None),
    ]


def test_loads_are_indexed_when_a_second_file_arrives(shop: Shop) -> None:
    query = "select indexname from pg_indexes where tablename = 'transaction_data' order by 1"
    shop.load_one("grocery", MARCH, CONTENT)
    shop.load_one("grocery", "transaction_data_april.csv", OTHER)
    assert [name for (name,) in shop.query(query)] == [
        "transaction_data_load_id_idx",
        "transaction_data_order_id_idx",
    ]
