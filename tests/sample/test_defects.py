"""Each fault is in the files as the answers say."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sample import SampleError, write_sample
from sample.answers import REJECT_KINDS

Faulty = tuple[Path, dict[str, Any]]
Find = Callable[[str, str], dict[str, Any]]

GROCERY_FAULTS = {
    "bad_rows", "renamed_column", "too_many_bad_rows", "scientific_ids", "duplicate_file",
    "late_rows", "wrong_encoding", "unclaimed_file",
}  # fmt: skip
CAFE_FAULTS = {
    "bad_rows", "broken_total", "too_many_bad_rows", "corrected_file", "duplicate_file",
    "late_file", "wrong_encoding", "unclaimed_file",
}  # fmt: skip
ECOMMERCE_FAULTS = {
    "bad_rows", "broken_total", "duplicate_file", "renamed_column", "late_header", "late_lines",
    "new_status", "unclaimed_file",
}  # fmt: skip
ELECTRONICS_FAULTS = {"bad_rows", "warranties_astray", "older_file", "renamed_column"}
FOOTWEAR_FAULTS = {"bad_rows", "unknown_code", "duplicate_file", "day_first_dates"}
STANDARD_FAULTS = {
    "bad_rows", "duplicate_file", "renamed_column", "unclaimed_file", "corrected_orders",
    "order_again",
}  # fmt: skip
FAULTS = {
    "cafe": CAFE_FAULTS, "grocery": GROCERY_FAULTS, "ecommerce": ECOMMERCE_FAULTS,
    "electronics": ELECTRONICS_FAULTS,
    "footwear": FOOTWEAR_FAULTS, "standard": STANDARD_FAULTS,
}  # fmt: skip


@pytest.mark.parametrize(("source", "faults"), FAULTS.items())
def test_every_fault_is_there(faulty: Faulty, source: str, faults: set[str]) -> None:
    files = faulty[1]["sources"][source]["files"]
    assert {file["fault"] for file in files} - {None} == faults


@pytest.mark.parametrize("source", FAULTS)
def test_files_with_bad_rows_stay_below_the_share_that_refuses_them(
    faulty: Faulty, source: str
) -> None:
    for file in faulty[1]["sources"][source]["files"]:
        assert file["rejected"] <= 0.01 * file["rows"]
        assert {reject["kind"] for reject in file["rejects"]} <= set(REJECT_KINDS)
        lines = [reject["line"] for reject in file["rejects"]]
        assert len(set(lines)) == len(lines)


def test_each_kind_of_bad_row_occurs(faulty: Faulty) -> None:
    kinds = {
        reject["kind"]
        for source in faulty[1]["sources"].values()
        for file in source["files"]
        for reject in file["rejects"]
    }
    assert kinds == set(REJECT_KINDS)


def test_bad_cells_stand_where_the_answers_say(faulty: Faulty, answer_of: Find) -> None:
    answer = answer_of("grocery", "bad_rows")
    with (faulty[0] / answer["file"]).open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    found = {}
    for reject in answer["rejects"]:
        row = rows[reject["line"] - 2]
        column = reject["column"]
        found[reject["line"]] = len(row) if column is None else row[header.index(column)]
    assert list(found.values()) == [
        "two", "1.5", "99999999999999999999", "NaN", "$3.49", "1,99", "", "-Infinity",
        "2400", "1275", "99999", "", "=1+1", 11, 13,
    ]  # fmt: skip


def test_duplicates_are_equal_and_known(faulty: Faulty) -> None:
    for source, faults in FAULTS.items():
        if "duplicate_file" not in faults:
            continue
        first, again = (
            file
            for file in faulty[1]["sources"][source]["files"]
            if file["fault"] == "duplicate_file"
        )
        assert (first["outcome"], again["outcome"]) == ("loaded", "known")
        assert (faulty[0] / first["file"]).read_bytes() == (faulty[0] / again["file"]).read_bytes()
        assert first["file"] < again["file"]


def test_late_lines_belong_to_baskets_of_the_first_delivery(
    faulty: Faulty, answer_of: Find
) -> None:
    late = pd.read_csv(faulty[0] / answer_of("grocery", "late_rows")["file"])
    early = pd.read_csv(faulty[0] / "grocery" / "transaction_data.csv")
    first, second = sorted(late["day"].unique())
    assert second == first + 1
    assert first not in set(early["day"])
    completed = late[late["day"] == second]
    assert len(completed) > 0
    assert set(completed["basket_id"]) & set(early["basket_id"])
    assert not (set(late["day"]) - {first, second})


def test_scientific_ids_are_exact(faulty: Faulty, answer_of: Find) -> None:
    path = faulty[0] / answer_of("grocery", "scientific_ids")["file"]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all("e+" in row["BASKET_ID"] and "e+" in row["PRODUCT_ID"] for row in rows)
    product = pd.read_csv(faulty[0] / "grocery" / "product.csv")
    known = set(product["product_id"]) | {
        int(number) for number in faulty[1]["sources"]["grocery"]["inferred_products"]
    }
    assert {int(float(row["PRODUCT_ID"])) for row in rows} <= known
    assert all(float(row["BASKET_ID"]).is_integer() for row in rows)


def test_refused_files_are_what_they_are_refused_for(faulty: Faulty) -> None:
    out, answers = faulty
    for source in ("cafe", "grocery"):
        for file in answers["sources"][source]["files"]:
            content = (out / file["file"]).read_bytes()
            if file["fault"] == "wrong_encoding":
                assert content.startswith((b"\xff\xfe", b"\xfe\xff"))
            if file["fault"] == "renamed_column":
                assert b"turnover" in content.split(b"\n", 1)[0]
                assert b"sales_value" not in content
            if file["fault"] == "too_many_bad_rows":
                bad = content.count(b"unknown") + content.count(b"unreadable")
                assert bad > 0.01 * file["rows"]
                assert file["outcome"] == "refused"


def test_broken_totals_differ_from_their_lines_by_a_pound(faulty: Faulty) -> None:
    broken = faulty[1]["sources"]["cafe"]["broken_totals"]
    assert len(broken) == 2
    for ticket in broken:
        with (faulty[0] / ticket["file"]).open(encoding="utf-8", newline="") as file:
            row = list(csv.reader(file))[ticket["line"] - 1]
        lines = sum(
            round(float(mention.rsplit(" - ", 1)[1]) * 100) for mention in row[3].split(",")
        )
        assert round(float(row[4]) * 100) == lines + 100
        assert float(row[4]) == float(ticket["stated_amount"])
        assert row[1] == ticket["branch_name"]


def test_corrected_files_come_again_with_two_more_tickets(faulty: Faulty) -> None:
    first, second = (
        file for file in faulty[1]["sources"]["cafe"]["files"] if file["fault"] == "corrected_file"
    )
    assert (first["live"], first["arrival"]) == (False, 1)
    assert (second["live"], second["arrival"]) == (True, 2)
    assert second["rows"] == first["rows"] + 2
    assert Path(first["file"]).name.split("_")[:2] == Path(second["file"]).name.split("_")[:2]


def test_shifted_rows_carry_a_name_into_another_cell(faulty: Faulty) -> None:
    shifted = 0
    for file in faulty[1]["sources"]["cafe"]["files"]:
        if file["fault"] != "bad_rows":
            continue
        with (faulty[0] / file["file"]).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        names = {row[2] for row in rows if len(row) == 7}
        for reject in file["rejects"]:
            row = rows[reject["line"] - 1]
            if len(row) == 7 and row[0] in ("Ambleford", "Thornwick", "Saltmere", ""):
                shifted += 1
                assert (row[1] if row[0] else row[3]) not in names or row[0] == ""
    assert shifted == 2


def test_a_sample_too_small_for_faults_says_so(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="too small for all faults"):
        write_sample(tmp_path / "out", scale=0.01, defects=True)
