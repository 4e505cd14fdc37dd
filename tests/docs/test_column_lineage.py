"""Column lineage is right through CTEs, unions, laterals and windows, and whole for the project."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from warehouse.docs.column_lineage import ColumnLineage, read_lineage
from warehouse.settings import Settings


def node(name: str, columns: str, statement: str = "") -> dict[str, Any]:
    kind = "model" if statement else "source"
    return {
        "unique_id": f"{kind}.{name}",
        "name": name,
        "schema": "s",
        "resource_type": kind,
        "relation_name": f'"db"."s"."{name}"',
        "columns": {column: {} for column in columns.split()},
        "compiled_code": statement,
    }


def lineage_of(columns: str, statement: str) -> dict[str, set[str]]:
    """Parents of each column of a model over the tables cafe(id, paid) and shop(id, price)."""
    tables = [node("cafe", "id paid"), node("shop", "id price quantity")]
    model = node("made", columns, statement)
    found = read_lineage(
        {
            "metadata": {"adapter_type": "postgres"},
            "nodes": {model["unique_id"]: model},
            "sources": {table["unique_id"]: table for table in tables},
        }
    )
    assert found.unread == {}
    return {
        column: {
            ".".join((i.split(".")[1], c)) for i, c in found.parents.get(("model.made", column), ())
        }
        for column in columns.split()
    }


CAFE, SHOP = '"db"."s"."cafe"', '"db"."s"."shop"'


def test_a_column_comes_from_what_makes_its_value() -> None:
    found = lineage_of(
        "id amount rows",
        f"with lines as (select * from {SHOP} where quantity > 0), final as ("
        " select lines.id, lines.price * lines.quantity as amount, count(*) as rows from lines"
        f" inner join {CAFE} as cafe on cafe.id = lines.id group by 1, 2) select * from final",
    )
    assert found == {"id": {"shop.id"}, "amount": {"shop.price", "shop.quantity"}, "rows": set()}


def test_a_union_has_an_edge_to_each_part() -> None:
    found = lineage_of(
        "id amount",
        f"with both as (select id, paid as amount from {CAFE} union all"
        f" select id, price from {SHOP} union all select null, 0) select * from both",
    )
    assert found == {"id": {"cafe.id", "shop.id"}, "amount": {"cafe.paid", "shop.price"}}


def test_laterals_windows_and_scalar_subqueries_are_followed() -> None:
    found = lineage_of(
        "id position piece highest",
        f"with scope as (select id as wanted from {CAFE}), rows_of as ("
        " select input.id, input.price from scope cross join lateral ("
        f"  select * from {SHOP} as s where s.id = scope.wanted offset 0) as input)"
        " select rows_of.id, row_number() over (order by rows_of.price) as position,"
        f" pieces.piece, (select max(paid) from {CAFE}) as highest"
        " from rows_of cross join lateral unnest(string_to_array(rows_of.id, ','))"
        " with ordinality as pieces (piece, at)",
    )
    assert found == {
        "id": {"shop.id"}, "position": {"shop.price"}, "piece": {"shop.id"},
        "highest": {"cafe.paid"},
    }  # fmt: skip


def test_sql_that_cannot_be_read_is_named() -> None:
    broken = node("broken", "a", "select from from")
    manifest = {"metadata": {}, "nodes": {"model.broken": broken}, "sources": {}}
    assert list(read_lineage(manifest).unread) == ["broken"]


@pytest.fixture(scope="module")
def manifest(site: Path, embedded: Settings) -> dict[str, Any]:
    """The real project's manifest, as the site was made from it."""
    assert site.is_dir()
    found: dict[str, Any] = json.loads((embedded.home / "target" / "manifest.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def lineage(manifest: dict[str, Any]) -> ColumnLineage:
    """Column lineage of the real project."""
    return read_lineage(manifest)


def test_every_model_of_the_project_is_followed(lineage: ColumnLineage) -> None:
    assert lineage.unread == {}


def test_each_unioned_column_has_an_edge_per_source(
    manifest: dict[str, Any], lineage: ColumnLineage
) -> None:
    """Where a column of core comes from one source's entity, it comes from every source's."""
    wrong, checked = [], 0
    for unique_id, model in manifest["nodes"].items():
        if model["resource_type"] != "model" or model["fqn"][1] != "core":
            continue
        sources_of: dict[str, set[str]] = {}
        for parent in model["depends_on"]["nodes"]:
            match = re.fullmatch(r"model\.retail\.int_([a-z]+)__(\w+)", parent)
            if match and f"int_{match[1]}__{match[2]}" in model["compiled_code"]:
                sources_of.setdefault(match[2], set()).add(match[1])
        for column in model["columns"]:
            edges: dict[str, set[str]] = {}
            for parent, _ in lineage.parents.get((unique_id, column), ()):
                match = re.fullmatch(r"model\.retail\.int_([a-z]+)__(\w+)", parent)
                if match:
                    edges.setdefault(match[2], set()).add(match[1])
            for entity, found in edges.items():
                checked += 1
                missing = sources_of[entity] - found
                wrong += [f"{model['name']}.{column}: int_{s}__{entity}" for s in missing]
    assert wrong == []
    assert checked > 100


def test_a_figure_leads_back_to_the_files_of_every_source(lineage: ColumnLineage) -> None:
    origins = lineage.origins(("model.retail.fct_order_lines", "net_amount"))
    raw = {unique_id.removeprefix("source.retail.") for unique_id, _ in origins}
    assert {
        "grocery.transaction_data", "footwear.sales", "standard.order_lines", "electronics.order",
        "ecommerce.transaction_items", "cafe.transactions",
    } <= raw  # fmt: skip
