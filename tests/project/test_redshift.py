"""The project parses and compiles for Redshift, in both modes, into SQL that Redshift knows."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlglot import parse_one

from ingest.tables.definition_files import read_definitions
from tests.project.dbt_offline import read_manifest, run_dbt_offline
from tests.project.redshift_rules import redshift_rules
from warehouse.docs.column_lineage import read_lineage

# What PostgreSQL understands and Redshift does not, or understands otherwise.
POSTGRES_ONLY = {
    "cast by colons": r"::",
    "distinct on": r"\bdistinct\s+on\b",
    "filter on an aggregate": r"\)\s*filter\s*\(",
    "lateral": r"\blateral\b",
    "offset as a fence": r"\boffset\s+0\b",
    "rows made by a function": r"\b(generate_series|unnest|regexp_\w*_to_table)\s*\(",
    "functions of PostgreSQL": (
        r"\b(hashtextextended|array_agg|string_agg|age|make_date|format)\s*\("
    ),
    "json": r"\b(jsonb?\w*\s*\(|jsonb\b)",
    "is distinct from": r"\bis\s+(not\s+)?distinct\s+from\b",
    "values as a table": r"\b(from|join)\s*\(\s*values\b",
    "escape string": r"(?<![\w'])e'",
    "text, which is 256 bytes there": r"\bas\s+text\b|\bcast\s*\(\s*null\s+as\s+varchar\s*\)",
    "numeric, which has no decimals there": r"\bas\s+(numeric|decimal)\s*\)",
    "index": r"\bcreate\s+(unique\s+)?index\b",
    "on conflict": r"\bon\s+conflict\b",
}


@pytest.fixture(scope="module", params=[False, True], ids=["full", "incremental"])
def compiled_manifest(
    request: pytest.FixtureRequest, project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The project as dbt compiles it for Redshift."""
    target_path = tmp_path_factory.mktemp("target")
    output = run_dbt_offline(
        project_dir,
        target_path,
        "compile",
        "--target", "redshift",
        "--no-partial-parse", "--show-all-deprecations",
        "--no-introspect", "--no-populate-cache",
        "--vars", f"{{compile_incremental: {str(request.param).lower()}}}",
    )  # fmt: skip
    assert "Deprecat" not in output, output
    assert "configuration paths" not in output.lower(), output
    return read_manifest(target_path)


@pytest.fixture(scope="module")
def compiled(compiled_manifest: dict[str, Any]) -> dict[str, str]:
    """Compiled SQL of every model and data test, by name."""
    return {
        node["name"]: node["compiled_code"]
        for node in compiled_manifest["nodes"].values()
        if node["resource_type"] in ("model", "test", "analysis") and node.get("compiled_code")
    }


def without_comments_and_texts(statement: str) -> str:
    statement = re.sub(r"/\*.*?\*/|--[^\n]*", " ", statement, flags=re.S)
    return re.sub(r"'(?:[^']|'')*'", "''", statement)


def test_compiled_sql_is_free_of_what_redshift_does_not_know(compiled: dict[str, str]) -> None:
    assert len(compiled) > 200
    wrong = [
        f"{name}: {fault}"
        for name, statement in compiled.items()
        for fault, pattern in POSTGRES_ONLY.items()
        if re.search(pattern, without_comments_and_texts(statement.lower()), flags=re.S)
    ]
    assert wrong == []


def test_compiled_sql_keeps_the_rules_for_types_and_work(compiled_manifest: dict[str, Any]) -> None:
    assert redshift_rules().check_project(compiled_manifest) == []


def test_every_exception_from_the_rules_is_needed(
    compiled_manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = redshift_rules()
    excepted = set(rules.EXCEPTIONS)
    monkeypatch.setattr(rules, "EXCEPTIONS", {})
    found = {
        (message.split(", ")[0], rule)
        for message in rules.check_project(compiled_manifest)
        for rule in rules.INSTEAD
        if f": {rule}; " in message
    }
    assert found == excepted


def test_both_modes_differ_where_models_are_incremental(compiled: dict[str, str]) -> None:
    """Guards the check itself: the incremental mode must really have been compiled."""
    scoped = "fct_order_lines__scope" in compiled["fct_order_lines"]
    whole = "fct_order_lines__scope" not in compiled["fct_order_lines"]
    assert scoped != whole


def test_engine_specific_sql_stands_only_in_macros_of_that_engine(project_dir: Path) -> None:
    """Hooks and strategies are not compiled; their text is read instead."""
    wrong = []
    for path in sorted((project_dir / "macros").rglob("*.sql")):
        text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}", " ", path.read_text(), flags=re.S)
        portable = re.sub(
            r"\{%-?\s*macro\s+postgres__.*?\{%-?\s*endmacro\s*-?%\}", " ", text, flags=re.S
        )
        wrong += [
            f"{path.name}: {fault}"
            for fault, pattern in POSTGRES_ONLY.items()
            if re.search(pattern, without_comments_and_texts(portable.lower()), flags=re.S)
        ]
    assert wrong == []


def test_kept_rows_are_put_under_columns_of_the_same_names(
    compiled: dict[str, str], manifest: dict[str, Any]
) -> None:
    """kept_rows() names the columns of the YAML, in its order; a union goes by position."""
    wrong = []
    for node in manifest["nodes"].values():
        if "kept_rows()" in node.get("raw_code", ""):
            statement = parse_one(compiled[node["name"]], dialect="redshift")
            final = next(cte for cte in statement.ctes if cte.alias == "final")
            if final.this.named_selects != list(node["columns"]):
                wrong.append(node["name"])
    assert wrong == []


def test_texts_that_ids_are_made_from_are_trimmed_when_loaded(
    compiled_manifest: dict[str, Any], project_dir: Path
) -> None:
    """On Redshift 'A1' equals 'A1 ', but their hashes differ."""
    sources = read_definitions(project_dir)
    lineage = read_lineage(compiled_manifest)
    origins = {
        origin
        for key, node in compiled_manifest["nodes"].items()
        if node["name"].startswith("int_")
        for name in node["columns"]
        if name.endswith("_id")
        for origin in lineage.origins((key, name))
        if origin[0].startswith("source.") and ".ops." not in origin[0]
    }
    columns = {
        f"{source}.{table}.{name}": sources[source].tables[table].column(name)
        for (key, name), (source, table) in ((o, o[0].split(".")[2:]) for o in origins)
        if name not in ("load_id", "file_line")
    }
    assert len(columns) > 30
    assert {
        name
        for name, column in columns.items()
        if column.type.kind == "varchar"
        and not (column.is_id or column.pii == "token" or column.accepted)
    } == {"cafe.transactions.products"}, "The pieces of that cell are trimmed where it is split."
