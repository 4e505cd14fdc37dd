"""Affinity and recommendations on the real files against counting every purchase in Python."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.marts import sales_reference as reference
from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse, database_on

PAIR = ["source_system", "product_id_a", "product_id_b"]
# The sample holds a part of each basket; by two purchases there are rules enough to choose from.
FEW = 2


@pytest.fixture(scope="module")
def lines(real_data: Path) -> pd.DataFrame:
    """All real lines."""
    return reference.read_lines(real_data, TOKEN_KEY)


@pytest.fixture(scope="module")
def many_rules(
    server: str, project_dir: Path, dbt_folder: Path, real_warehouse: BuiltWarehouse
) -> Iterator[BuiltWarehouse]:
    """The real warehouse with pairs seen together in FEW purchases or more."""
    with database_on(server, project_dir, dbt_folder, real_warehouse.conninfo) as warehouse:
        rebuild(warehouse, "product_affinity", "customer_recommendations")
        yield warehouse


@pytest.fixture(scope="module")
def with_bought(
    server: str, project_dir: Path, dbt_folder: Path, many_rules: BuiltWarehouse
) -> Iterator[BuiltWarehouse]:
    """The same, recommending what is bought already, too."""
    with database_on(server, project_dir, dbt_folder, many_rules.conninfo) as warehouse:
        rebuild(warehouse, "customer_recommendations", recommend_bought=True)
        yield warehouse


def rebuild(warehouse: BuiltWarehouse, *models: str, recommend_bought: bool = False) -> None:
    settings = f"{{affinity_min_orders: {FEW}, recommend_bought: {str(recommend_bought).lower()}}}"
    warehouse.dbt("run", "--select", *models, "--vars", settings)


@pytest.mark.parametrize(("name", "min_orders"), [("real_warehouse", 10), ("many_rules", FEW)])
def test_affinity_equals_the_reference(
    name: str, min_orders: int, lines: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    table = request.getfixturevalue(name).frame("select * from marts.product_affinity")
    expected = reference.affinity(lines, min_orders)
    assert set(expected["source_system"]) == {"cafe", "grocery"}
    table, expected = (frame.set_index(PAIR).sort_index() for frame in (table, expected))
    counts = ["orders_a", "orders_b", "orders_both"]
    pd.testing.assert_frame_equal(
        table[counts], expected[counts], check_dtype=False, check_index_type=False
    )
    ratios = {
        "support": expected["orders_both"] / expected["purchases"],
        "confidence": expected["orders_both"] / expected["orders_a"],
        "lift": expected["orders_both"] * expected["purchases"]
        / (expected["orders_a"] * expected["orders_b"]),
    }  # fmt: skip
    for ratio, values in ratios.items():
        assert (table[ratio].astype(float) == values).all()


def check_recommendations(warehouse: BuiltWarehouse, expected: dict[tuple[str, str], list]) -> None:
    table = warehouse.frame(
        "select * from marts.customer_recommendations"
        " order by source_system, customer_id, recommendation_rank"
    )
    columns = [
        "recommendation_rank",
        "recommended_product_id",
        "bought_product_id",
        "score",
        "lift",
    ]
    found = {
        key: [tuple(row) for row in rows[columns].to_numpy()]
        for key, rows in table.groupby(["source_system", "customer_id"])
    }
    assert found == {
        key: [
            (rank, rule.product_b, rule.product_a, float(rule.confidence), float(rule.lift))
            for rank, rule in enumerate(rules, start=1)
        ]
        for key, rules in expected.items()
    }


@pytest.mark.parametrize(("name", "min_orders"), [("real_warehouse", 10), ("many_rules", FEW)])
def test_recommendations_equal_the_reference(
    name: str, min_orders: int, lines: pd.DataFrame, request: pytest.FixtureRequest
) -> None:
    expected = reference.recommendations(lines, reference.affinity(lines, min_orders))
    assert any(len(rules) < 10 for rules in expected.values())
    assert any(len(rules) == 10 for rules in expected.values())
    check_recommendations(request.getfixturevalue(name), expected)


@pytest.mark.slow
def test_recommendations_of_what_is_bought_equal_the_reference(
    with_bought: BuiltWarehouse, lines: pd.DataFrame
) -> None:
    pairs = reference.affinity(lines, FEW)
    expected = reference.recommendations(lines, pairs, recommend_bought=True)
    assert expected != reference.recommendations(lines, pairs)
    check_recommendations(with_bought, expected)
