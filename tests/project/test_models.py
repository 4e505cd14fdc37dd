"""The rules of the house that every model keeps: layers, words, contracts, names, tests."""

import re
from pathlib import Path
from typing import Any

import pytest

Node = dict[str, Any]

# Staged for these alone, whatever their layer may read.
READERS_OF_BOOKKEEPING = {"quality", "customer_risk", "customer_lifetime_value"}
# Marts that people ask and that steps build on as well.
READ_BY_AGGREGATES = {"sales_daily", "customer_features"}
# A view of the files' rows, which have no key of their own.
WITHOUT_GRAIN = {"fct_control_rows"}
# Paid in the currency of the land.
WITHOUT_CURRENCY = {"employees"}
# An order is in one currency, the panel in dollars.
OF_ONE_CURRENCY = {"fct_orders", "household_days"}
# They say in which currency a source's customers are measured as of a day.
MEASURED_BY = {
    *("measured_currencies", "as_of_dates", "feature_dates", "campaign_windows"),
    "campaign_products",
}
# Columns of the published household summary keep its names.
PUBLISHED_NAMES = {"household_profile"}
MODEL_NAMES = {
    "staging": r"stg_{folder}__[a-z_]+",
    "intermediate": r"int_{folder}__[a-z_]+",
    "core": r"(dim|fct|bridge)_[a-z_]+",
    "aggregates": r"(?!dim_|fct_|stg_|int_|mart_)[a-z_]+",
    "marts": r"(?!dim_|fct_|stg_|int_|mart_)[a-z_]+",
    "restricted": r"(?!dim_|fct_|stg_|int_|mart_)[a-z_]+",
}
TYPE_OF_SUFFIX = {
    r".*_key": {"bigint"},
    r".*_date": {"date"},
    r".*_at": {"timestamp", "timestamptz"},
    r"(is|has)_.*": {"boolean"},
    r".*_count": {"integer", "bigint"},
    r".*_amount": {"numeric(18,4)"},
    r".*_rate": {"double precision"},
}
SUFFIX_OF_TYPE = {
    "boolean": r"(is|has)_.*",
    "date": r".*(_date|_month|_day|valid_from|valid_to)",
    "timestamp": r".*_at",
    "timestamptz": r".*_(at|since)",
}
EXACT_TYPES = (
    r"varchar\(\d+\)|numeric\(\d+,\d+\)|bigint|integer|boolean|date|double precision"
    r"|timestamp|timestamptz"
)
HEADINGS = ["## Overview", "## Primary key", "## Business rules", "## Example questions"]


@pytest.fixture(scope="module")
def models(manifest: dict[str, Any]) -> list[Node]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(found) > 50
    return found


def layer(node: Node) -> str:
    return str(Path(node["path"]).parts[0])


def folder(node: Node) -> str:
    return str(Path(node["path"]).parts[1])


def public(models: list[Node]) -> list[Node]:
    """Models that people may query, restricted ones included."""
    layers = ("core", "aggregates", "marts", "restricted")
    return [node for node in models if layer(node) in layers]


def may_read(node: Node, parent: Node) -> bool:
    """Whether architecture allows it: marts ← aggregates ← core ← intermediate ← staging ← sources.

    Restricted models read raw tables themselves; of what is not personal there, a source's
    intermediate models may read on.
    """
    if parent["resource_type"] == "seed":
        return layer(node) != "staging"
    if layer(node) == "restricted":
        return parent.get("source_name") not in ("ops", "ml") and (
            parent["resource_type"] == "source" or layer(parent) not in ("aggregates", "marts")
        )
    if parent["resource_type"] == "source":
        return layer(node) == "staging" and folder(node) == parent["source_name"]
    if parent["resource_type"] == "snapshot":
        # Core, and what a source itself takes from its own history, as a price of the day.
        return layer(node) == "core" or (
            layer(node) == "intermediate" and parent["name"].startswith(f"{folder(node)}__")
        )
    if parent["name"] == "stg_ops__load_files" and node["name"].endswith("__numbered_lines"):
        # Which of several files with an order is the newest.
        return True
    if parent["name"] == "stg_ops__rejected_orders" and node["name"].endswith("_lines"):
        # Which file has an order whole.
        return True
    if layer(parent) == "staging" and folder(parent) in ("ops", "ml"):
        return bool({folder(node), node["name"]} & READERS_OF_BOOKKEEPING)
    if parent["resource_type"] == "model" and layer(parent) == "restricted":
        return layer(node) == "intermediate"
    if layer(node) == "intermediate":
        return layer(parent) in ("staging", "intermediate") and folder(parent) == folder(node)
    if layer(node) == "core":
        return layer(parent) in ("intermediate", "core")
    if layer(node) == "marts" and layer(parent) == "staging":
        return folder(node) == "quality"
    if layer(node) == "aggregates":
        return layer(parent) in ("core", "aggregates") or parent["name"] in READ_BY_AGGREGATES
    return layer(parent) in ("core", "aggregates", "marts")


def test_models_read_only_the_layer_below(manifest: dict[str, Any], models: list[Node]) -> None:
    known = manifest["nodes"] | manifest["sources"]
    wrong = [
        f"{node['name']} reads {known[parent]['name']}"
        for node in models
        for parent in node["depends_on"]["nodes"]
        if not may_read(node, known[parent])
    ]
    assert wrong == []


def test_snapshots_read_what_their_source_gives_core(manifest: dict[str, Any]) -> None:
    """Nothing personal: what is restricted or dropped never reaches intermediate."""
    read = {
        node["name"]: [parent.split(".")[-1] for parent in node["depends_on"]["nodes"]]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "snapshot"
    }
    assert len(read) >= 5
    assert read == {name: [f"int_{name}"] for name in read}


def test_amounts_stand_beside_their_currency(models: list[Node]) -> None:
    wrong = [
        node["name"]
        for node in public(models)
        if any(
            column.endswith("_amount") and not column.endswith("_reporting_amount")
            for column in node["columns"]
        )
        if "currency_code" not in node["columns"] and node["name"] not in WITHOUT_CURRENCY
    ]
    assert wrong == []


def test_aggregates_of_amounts_keep_currencies_apart(models: list[Node]) -> None:
    """Who adds up lines or orders does so by currency, or in that of the source's customers."""
    wrong = []
    for node in public(models):
        reads = {parent.split(".")[-1] for parent in node["depends_on"]["nodes"]}
        sums = re.search(r"sum\([^)]*(gross|net|revenue|cost)_amount", node["raw_code"])
        if sums and reads & {"fct_orders", "fct_order_lines", "customer_days", "sales_daily"}:
            apart = re.search(r"group by[^)]*currency_code", node["raw_code"])
            if not apart and not reads & MEASURED_BY and node["name"] not in OF_ONE_CURRENCY:
                wrong.append(node["name"])
    assert wrong == []


def test_models_and_columns_are_described(manifest: dict[str, Any], models: list[Node]) -> None:
    tables = [*models, *manifest["sources"].values()]
    tables += [
        node for node in manifest["nodes"].values() if node["resource_type"] in ("seed", "snapshot")
    ]
    wrong = [node["name"] for node in tables if not node["description"].strip()]
    for node in tables:
        wrong += [
            f"{node['name']}.{column['name']}"
            for column in node["columns"].values()
            if not column["description"].strip()
        ]
        wrong += [] if node["columns"] else [f"{node['name']} has no columns in YAML"]
    assert wrong == []


def test_public_models_explain_themselves_under_four_headings(models: list[Node]) -> None:
    wrong = [
        node["name"]
        for node in public(models)
        if [line for line in node["description"].splitlines() if line.startswith("#")] != HEADINGS
    ]
    assert wrong == []


def test_public_models_have_contracts_with_exact_types(models: list[Node]) -> None:
    wrong = [node["name"] for node in public(models) if not node["contract"]["enforced"]]
    for node in public(models):
        wrong += [
            f"{node['name']}.{column['name']} is {column['data_type']}"
            for column in node["columns"].values()
            if not re.fullmatch(EXACT_TYPES, column["data_type"] or "")
        ]
    assert wrong == []


def test_names_tell_layer_and_type(models: list[Node]) -> None:
    wrong = []
    for node in models:
        pattern = MODEL_NAMES[layer(node)].format(folder=folder(node))
        if not re.fullmatch(pattern, node["name"]):
            wrong.append(node["name"])
        wrong += [
            f"{node['name']}.{column['name']}"
            for column in node["columns"].values()
            if not re.fullmatch(r"[a-z][a-z0-9_]*", column["name"])
        ]
    for node in public(models):
        if node["name"] not in PUBLISHED_NAMES:
            wrong += misnamed_columns(node)
    assert wrong == []


def misnamed_columns(node: Node) -> list[str]:
    wrong = []
    for column in node["columns"].values():
        name, data_type = column["name"], column["data_type"]
        fits = all(
            data_type in types
            for pattern, types in TYPE_OF_SUFFIX.items()
            if re.fullmatch(pattern, name)
        )
        if not fits or not re.fullmatch(SUFFIX_OF_TYPE.get(data_type, ".*"), name):
            wrong.append(f"{node['name']}.{name} is {data_type}")
    return wrong


def generic_tests_of(manifest: dict[str, Any], kind: str) -> list[Node]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == kind
    ]


def test_the_grain_of_every_public_model_is_tested(
    manifest: dict[str, Any], models: list[Node]
) -> None:
    tested = {
        test["attached_node"] for kind in ("unique", "unique_combination")
        for test in generic_tests_of(manifest, kind)
    }  # fmt: skip
    wrong = [
        node["name"]
        for node in public(models)
        if node["unique_id"] not in tested and node["name"] not in WITHOUT_GRAIN
    ]
    assert wrong == []


def test_models_open_with_their_grain(models: list[Node]) -> None:
    layers = ("intermediate", "core", "aggregates", "marts")
    wrong = [
        node["name"]
        for node in models
        if layer(node) in layers and not node["raw_code"].startswith("-- Grain: ")
    ]
    assert wrong == []


def test_each_model_has_a_group_that_answers_for_it(
    models: list[Node], manifest: dict[str, Any]
) -> None:
    owners = {group["name"]: group["owner"]["name"] for group in manifest["groups"].values()}
    assert [node["name"] for node in models if not owners.get(node["group"])] == []
    audiences = {folder(n): n["group"] for n in models if layer(n) in ("aggregates", "marts")}
    assert audiences.pop("quality") == "warehouse"
    assert [name for name, group in audiences.items() if name != group] == []


def test_keys_of_facts_find_their_dimension(manifest: dict[str, Any], models: list[Node]) -> None:
    names = {node["name"] for node in models}
    related = {
        (test["attached_node"], test["column_name"])
        for test in generic_tests_of(manifest, "relationships")
    }
    wrong = [
        f"{node['name']}.{column}"
        for node in models
        if node["name"].startswith(("fct_", "bridge_")) and node["name"] not in WITHOUT_GRAIN
        for column in node["columns"]
        if column.endswith("_key") and f"dim_{column.removesuffix('_key')}" in names
        if (node["unique_id"], column) not in related
    ]
    assert wrong == []


def test_no_data_test_is_switched_off_or_lenient(manifest: dict[str, Any]) -> None:
    data_tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(data_tests) > 100
    wrong = [
        test["name"]
        for test in data_tests
        if test["config"]["error_if"] != "!= 0" or test["config"]["warn_if"] != "!= 0"
    ]
    assert wrong == []
    disabled = [
        node["name"]
        for nodes in manifest["disabled"].values()
        for node in nodes
        if node["resource_type"] == "test"
    ]
    assert disabled == []


def test_sources_differ_only_below_core(models: list[Node], manifest: dict[str, Any]) -> None:
    """A new source leaves core, aggregates and marts untouched, so neither names one in its SQL."""
    # What one source alone has, and a seed made for it, may name it.
    allowed = {"household_days", "household_profile", "product_sections", "unmapped_codes"}
    sources = {source["source_name"] for source in manifest["sources"].values()} - {"ops", "ml"}
    pattern = re.compile(rf"'({'|'.join(sources)})'|(stg|int)_({'|'.join(sources)})__")
    wrong = [
        node["name"]
        for node in public(models)
        if layer(node) != "restricted"
        if pattern.search(node["raw_code"]) and node["name"] not in allowed
    ]
    assert wrong == []


def test_core_keeps_the_rows_of_sources_that_are_held_back(models: list[Node]) -> None:
    """Which are not read: what reads sources must keep what it has of them."""
    reading = re.compile(r"\b(union_sources|union_versions|rows_of_sources)\(")
    kept = re.compile(
        r"\nselect \* from final\n\{\{ kept_rows\(\)( if not is_scoped\(\))? \}\}\s*$"
    )
    found = [
        node
        for node in models
        if layer(node) == "core"
        and reading.search(node["raw_code"])
        and node["config"]["materialized"] != "view"
        and "source_system" in node["columns"]
    ]
    assert len(found) >= 25
    assert [node["name"] for node in found if not kept.search(node["raw_code"])] == []


def test_a_fact_is_imported_for_one_use(models: list[Node]) -> None:
    """PostgreSQL writes out, whole, what a CTE holds that is read twice."""
    imported = r"(\w+) as \(\s*select \* from \{\{ ref\('(fct_\w+)'\) \}\}"
    wrong = [
        f"{node['name']} reads {fact} twice through {name}"
        for node in models
        for name, fact in re.findall(imported, node["raw_code"])
        if len(re.findall(rf"\b(?:from|join) {name}\b", node["raw_code"])) > 1
    ]
    assert wrong == []


def test_every_mart_is_used_by_somebody(manifest: dict[str, Any], models: list[Node]) -> None:
    """What no exposure and no other model reads is either forgotten or its user is."""
    users = [*models, *manifest["exposures"].values()]
    read = {parent for user in users for parent in user["depends_on"]["nodes"]}
    made = [m for m in models if layer(m) in ("aggregates", "marts")]
    assert [m["name"] for m in made if m["unique_id"] not in read] == []


def test_every_mart_is_listed_in_the_documents(models: list[Node], project_dir: Path) -> None:
    section = (project_dir / "docs" / "marts.md").read_text()
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [
        row for row in rows if len([cell for cell in row.split("|") if cell.strip()]) != 3
    ] == []
    named = set(re.findall(r"`(\w+)`", section))
    assert {node["name"] for node in models if layer(node) == "marts"} - named == set()
    listed = section[section.index("Steps on the way") :].split("\n\n")[0]
    steps = set(re.findall(r"`(\w+)`", listed))
    assert {node["name"] for node in models if layer(node) == "aggregates"} == steps
    assert steps & {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set()
