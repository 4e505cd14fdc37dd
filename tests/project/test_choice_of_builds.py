"""What a build chooses, held against the lineage: nothing downstream of news is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.project.dbt_offline import run_dbt_offline
from warehouse.build.build_state import VIEWS, BuildState, choose
from warehouse.settings import Settings

NOW = BuildState("models", "settings", "built")
EXAMPLES = {
    "one cafe file": {"cafe.transactions"},
    "a grocery day": {"grocery.transaction_data"},
    "a product master": {"grocery.product"},
}


def behind(manifest: dict[str, Any], tables: set[str]) -> set[str]:
    """Unique ids of all that can change when these raw tables and the loader's own do: not models
    whose rows are all of other sources.
    """
    changed = {table.split(".")[0] for table in tables}

    def is_of_others(unique_id: str) -> bool:
        node = manifest["nodes"].get(unique_id)
        only_from = node["config"]["meta"].get("only_from") if node else None
        return only_from is not None and not changed & set(only_from)

    found = {
        unique_id
        for unique_id, source in manifest["sources"].items()
        if f"{source['source_name']}.{source['name']}" in tables
    }
    # What shows the ledger; facts read of it what concerns their own loads.
    found |= {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if "quality" in node["fqn"] and node["resource_type"] == "model"
    }
    waiting = list(found)
    while waiting:
        children = manifest["child_map"].get(waiting.pop(), ())
        new = {child for child in children if not is_of_others(child)} - found
        found |= new
        waiting += new
    return {name for name in found if name in manifest["nodes"]}


@pytest.mark.parametrize("tables", EXAMPLES.values(), ids=EXAMPLES)
def test_all_behind_new_files_is_chosen_and_nothing_else(
    project_dir: Path, target_path: Path, manifest: dict[str, Any], tables: set[str], tmp_path: Path
) -> None:
    settings = Settings.from_environment({"WAREHOUSE_HOME": str(tmp_path)})
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text(json.dumps(manifest))
    choice = choose(NOW, NOW, tables, settings)
    listed = run_dbt_offline(
        project_dir, target_path, "--quiet", "ls", "--target", "postgres",
        "--select", *choice.select, "--exclude", VIEWS, "--indirect-selection", "empty",
        "--resource-types", "model", "seed", "snapshot", "test",
        "--output", "json", "--output-keys", "unique_id",
    )  # fmt: skip
    chosen = {json.loads(line)["unique_id"] for line in listed.splitlines()} - choice.leave_out
    nodes = manifest["nodes"]
    wanted = {
        name
        for name in behind(manifest, tables)
        if nodes[name]["resource_type"] in ("model", "seed", "snapshot", "test")
        and nodes[name]["config"]["materialized"] != "view"
    }
    assert chosen == wanted
    everything = sum(node["resource_type"] != "analysis" for node in nodes.values())
    assert len(chosen) < 0.7 * everything


def test_what_is_rebuilt_weekly_leads_to_nothing_that_is_not(manifest: dict[str, Any]) -> None:
    """The tests behind weekly models wait for them; a model there would wait, too."""
    weekly = {n for n, node in manifest["nodes"].items() if "weekly" in node["tags"]}
    assert weekly
    children = {child for name in weekly for child in manifest["child_map"][name]}
    models = {name for name in children if name.startswith(("model.", "snapshot.", "seed."))}
    assert models <= weekly


def test_a_cafe_file_leaves_out_what_is_of_other_sources_alone(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    settings = Settings.from_environment({"WAREHOUSE_HOME": str(tmp_path)})
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text(json.dumps(manifest))
    left_out = {
        unique_id.split(".")[2]
        for unique_id in choose(NOW, NOW, {"cafe.transactions"}, settings).leave_out
        if unique_id.startswith("model.")
    }
    assert {"fct_warranties", "household_profile", "coupon_performance"} <= left_out
    assert not left_out & {"fct_orders", "sales_daily", "customer_risk", "load_reconciliation"}
    only_from = manifest["nodes"]["model.retail.inventory_position"]["config"]["meta"]["only_from"]
    assert set(only_from) == {"electronics"}
