import re
from itertools import combinations

import pytest

from tests.docs.manifests import manifest, model, shop
from warehouse.docs.diagrams import Diagram, core_overview, stars
from warehouse.docs.manifest import Project


@pytest.fixture(scope="module")
def overview() -> Diagram:
    diagram = core_overview(Project(shop()))
    assert diagram is not None
    return diagram


@pytest.fixture(scope="module")
def orders() -> Diagram:
    return stars(Project(shop()))[0]


def test_the_overview_shows_every_core_table_by_its_keys(overview: Diagram) -> None:
    rows = {box.name: [(r.column.name, r.mark) for r in box.rows] for box, _ in overview.boxes}
    assert rows == {
        "fct_orders": [("order_key", "PK"), ("customer_key", "FK"), ("store_key", "FK")],
        "dim_customer": [("customer_key", "PK")],
        "dim_customer_profile": [("customer_key", "FK")],
        "dim_store": [("store_key", "PK")],
        "dim_time_of_day": [],
    }


def test_a_star_shows_a_table_with_all_columns_and_what_it_joins(orders: Diagram) -> None:
    assert [box.name for box, _ in orders.boxes] == ["fct_orders", "dim_customer", "dim_store"]
    (fact, _), *_ = orders.boxes
    assert [row.column.name for row in fact.rows] == [
        "order_key", "source_system", "order_id", "customer_key", "store_key",
    ]  # fmt: skip


def test_facts_come_before_dimensions() -> None:
    names = [diagram.name for diagram in stars(Project(shop()))]
    assert names == ["fct_orders", "dim_customer_profile"]


def test_every_relationship_is_drawn_once(overview: Diagram) -> None:
    drawn = [
        (join.child.name, join.relationship.child_column, join.parent.name)
        for join in overview.joins
    ]
    assert sorted(drawn) == [
        ("dim_customer_profile", "customer_key", "dim_customer"),
        ("fct_orders", "customer_key", "dim_customer"),
        ("fct_orders", "store_key", "dim_store"),
    ]


@pytest.mark.parametrize("name", ["overview", "orders"])
def test_no_box_covers_another_or_leaves_the_picture(
    name: str, request: pytest.FixtureRequest
) -> None:
    diagram: Diagram = request.getfixturevalue(name)
    for box, (x, y) in diagram.boxes:
        assert x >= -1 and y >= -1
        assert x + box.width <= diagram.width + 1 and y + box.height <= diagram.height + 1
    for (one, (x, y)), (other, (u, v)) in combinations(diagram.boxes, 2):
        beside = x + one.width <= u or u + other.width <= x
        assert beside or y + one.height <= v or v + other.height <= y


def test_lines_end_at_the_rows_they_join(orders: Diagram) -> None:
    places = {box.name: (box, corner) for box, corner in orders.boxes}
    for join in orders.joins:
        item = join.relationship
        ends = [(join.child.name, item.child_column), (join.parent.name, item.parent_column)]
        points = [join.points[0], join.points[-1]]
        if not join.starts_at_child:
            points.reverse()
        for (table, column), (x, y) in zip(ends, points, strict=True):
            box, (left, top) = places[table]
            middle = top + box.head_height + (box.row_of(column) + 0.5) * box.row_height
            assert y == pytest.approx(middle, abs=2)
            assert min(abs(x - left), abs(x - left - box.width)) < 2


def test_the_marks_tell_one_from_at_most_one(orders: Diagram) -> None:
    ends = {join.parent.name: join.one_end for join in orders.joins}
    assert ends["dim_customer"].count("v") == 2 and "a" not in ends["dim_customer"]
    assert ends["dim_store"].count("v") == 1 and ends["dim_store"].count("a") == 2
    assert all(re.fullmatch(r"M[-\d.,]+(L[-\d.,]+){2}", join.many_end) for join in orders.joins)


def test_a_project_without_core_has_no_diagrams() -> None:
    project = Project(manifest(model("marts/sales/sales_daily", "store_id")))
    assert core_overview(project) is None
    assert stars(project) == []
