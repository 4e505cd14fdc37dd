"""A sample full of faults ends as the answers written beside it say."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.loads import loader
from ingest.loads.load_options import Options
from ingest.tokens.token_keys import parse_token_key
from sample import write_sample
from tests.marts.built_warehouse import TOKEN_KEY, WITHOUT_TESTS, BuiltWarehouse, database_on
from tests.pipeline.data_tests import failing_rows

pytestmark = pytest.mark.slow

MEASURES = ("orders", "order_lines", "quantity", "gross_amount", "discount_amount", "net_amount")
EXPECTED_FAILURE = "stated_totals_equal_their_lines"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faulty")
    write_sample(folder, 0.05, defects=True)
    return folder


@pytest.fixture(scope="module")
def answers(faulty: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((faulty / "answers.json").read_text())["sources"]
    return read


def load(shop: BuiltWarehouse, source: str, folder: Path) -> dict[str, str]:
    """Loads a folder, faults and all; returns what became of each file."""
    options = Options(token_key=TOKEN_KEY)
    report = loader.load(shop.conninfo, shop.project_dir, source, [folder], options)
    return {result.file: result.status for result in report.files}


@pytest.fixture(scope="module")
def shop(server: str, project_dir: Path, dbt_folder: Path, faulty: Path,
         answers: dict[str, Any]) -> Iterator[BuiltWarehouse]:  # fmt: skip
    """The first delivery, built; then the late one, built."""
    with database_on(server, project_dir, dbt_folder) as warehouse:
        for place in (faulty, faulty / "late"):
            outcomes = {s: load(warehouse, s, place / s) for s in answers if (place / s).is_dir()}
            for source, found in outcomes.items():
                files = [f for f in answers[source]["files"] if Path(f["file"]).name in found]
                arrived = [f for f in files if (faulty / f["file"]).parent == place / source]
                assert {Path(f["file"]).name: f["outcome"] for f in arrived} == found
            warehouse.dbt(*WITHOUT_TESTS)
        yield warehouse


def test_all_data_tests_pass_but_that_of_the_broken_totals(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError) as failure:
        shop.dbt("test", "--select", "test_type:data")
    told = str(failure.value)
    assert re.findall(r" in test (\w+) \(", told) == [EXPECTED_FAILURE]

    found = {
        (row.file_name, row.stated_total_amount, row.net_amount)
        for row in failing_rows(shop, EXPECTED_FAILURE).itertuples()
    }
    assert found == {
        (
            Path(ticket["file"]).name,
            Decimal(ticket["stated_amount"]),
            Decimal(ticket["lines_amount"]),
        )
        for answer in answers.values()
        for ticket in answer["broken_totals"]
    }


def test_facts_hold_what_the_answers_say_day_by_day(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    found = shop.frame(
        "select source_system, order_date::text, count(*), sum(line_count), sum(quantity),"
        " sum(gross_amount), sum(discount_amount), sum(net_amount)"
        " from core.fct_orders group by 1, 2"
    )
    sums = {
        (row[0], row[1]): [Decimal(str(value)) for value in row[2:]]
        for row in found.itertuples(index=False)
    }
    expected = {
        (source, day): [Decimal(str(told[measure])) for measure in MEASURES]
        for source, answer in answers.items()
        for day, told in answer["by_day"].items()
    }
    assert sums == expected


def test_every_reject_stands_with_its_line_and_column(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    found = shop.frame("select file_name, line_number, column_name from marts.rejected_rows")
    expected = {
        (Path(file["file"]).name, reject["line"], reject["column"])
        for answer in answers.values()
        for file in answer["files"]
        if file["outcome"] == "loaded" and file["live"]
        for reject in file["rejects"]
    }
    assert {tuple(row) for row in found.itertuples(index=False)} == expected
    assert len(found) == len(expected) > 20


def test_unknown_products_codes_and_late_rows_are_named(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    inferred = shop.frame(
        "select source_system, product_id from core.dim_product where is_inferred"
    )
    codes = shop.frame("select source_system, code, row_count from marts.unmapped_codes")
    for source, answer in answers.items():
        of_source = inferred.loc[inferred["source_system"] == source, "product_id"]
        assert set(answer["inferred_products"]) <= set(of_source)
        found = codes[codes["source_system"] == source]
        assert dict(zip(found["code"], found["row_count"], strict=True)) == answer["unmapped"]

    late = shop.frame("select file_name, late_row_count from marts.load_history where is_live")
    late_rows = dict(late.itertuples(index=False))
    for answer in answers.values():
        for file in answer["files"]:
            if file["fault"] in ("late_rows", "late_file"):
                assert late_rows[Path(file["file"]).name] == file["loaded"]


def test_marts_of_stock_and_warranties_are_what_the_answers_say(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    """With a warranty for no order, two for one order, stock below zero and an unknown customer."""
    facts = answers["electronics"]["facts"]
    found = shop.frame(
        "select (select count(*) from marts.warranty_overview) as orders_with_warranty,"
        " (select count(*) from core.fct_warranties where not is_valid) as warranties_astray,"
        " (select count(*) from marts.warranty_quotes) as orders_without_warranty,"
        " (select sum(price_amount) from marts.warranty_quotes) as quotes_amount,"
        " (select count(*) from marts.inventory_position where is_low_with_open_backorder)"
        " as low_stocks_with_open_backorder,"
        " (select count(*) from core.fct_risk_observations where has_risk) as risky_observations"
    ).iloc[0]
    assert {name: Decimal(str(value)) for name, value in found.items()} == {
        name: Decimal(str(facts[name])) for name in found.index
    }
    assert not shop.value("select has_order from core.fct_warranties where warranty_id = '90002'")
    assert shop.value("select count(*) from marts.inventory_position where is_oversold") == 1
    assert shop.value("select is_inferred from core.dim_customer where customer_id = '99999999'")


def test_the_online_shop_is_as_its_answers_say(
    shop: BuiltWarehouse, answers: dict[str, Any]
) -> None:
    told = answers["ecommerce"]["facts"]
    assert shop.value("select count(*) from marts.late_arrivals") == 0
    found = shop.frame(
        "select order_status, count(*) from core.fct_orders where source_system = 'ecommerce'"
        " group by 1"
    )
    assert dict(found.itertuples(index=False)) == told["statuses"]
    inferred = shop.frame(
        "select product_id from core.dim_product where source_system = 'ecommerce' and is_inferred"
    )
    assert set(inferred["product_id"]) <= set(answers["ecommerce"]["inferred_products"])

    pieces = shop.frame(
        "select quantity from marts.product_performance where source_system = 'ecommerce'"
        " order by quantity desc limit 3"
    )
    assert pieces["quantity"].tolist() == [count for _, count in told["top_items"]]

    results = shop.frame("select * from marts.membership_results")
    counted = {"applications": len(results), "successful": results["is_successful"].sum()}
    checks = [column for column in results if column.startswith("has_valid")]
    counted |= {check: (~results[check].astype(bool)).sum() for check in checks}
    assert counted == told["membership_applications"]

    best = shop.frame(
        "select customer_id, revenue_amount from restricted.members where not is_inferred"
        " order by revenue_amount desc limit 10"
    )
    token = parse_token_key(TOKEN_KEY)
    assert token is not None
    assert {(row.customer_id, row.revenue_amount) for row in best.itertuples()} == {
        (token.token(member), Decimal(amount)) for member, amount in told["top_members"]
    }


def test_models_named_for_some_sources_hold_rows_of_no_other(shop: BuiltWarehouse) -> None:
    """A build whose news are all of other sources leaves them out (`meta: only_from`)."""
    manifest = json.loads((shop.folder / "target" / "manifest.json").read_text())
    of = {"customer_key": "core.dim_customer", "product_key": "core.dim_product"}
    checked = 0
    for node in manifest["nodes"].values():
        only_from = node["config"].get("meta", {}).get("only_from")
        if only_from is None:
            continue
        rows = f"select source_system from {node['schema']}.{node['alias']}"
        if "source_system" not in node["columns"]:
            key = next(key for key in of if key in node["columns"])
            rows += f" join {of[key]} using ({key})"
        found = set(
            shop.frame(f"select distinct source_system from ({rows}) as r")["source_system"]
        )
        assert found <= set(only_from), node["name"]
        checked += bool(found)
    assert checked >= 10
