"""Checks the SQL that dbt compiles for Redshift for what Redshift refuses or answers otherwise.

    lint_redshift.py

Parsing is not enough: Redshift parses all of it. So this follows the types of columns through
selects and views, in both modes (everything, and what changed). It needs no database. SQL of hooks
and strategies is not compiled and so not seen.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from redshift_types import Column, Columns, column_of, common, quotient, type_of
from sqlglot import exp, parse_one
from sqlglot.optimizer.scope import Scope, ScopeType, traverse_scope
from sqlglot.tokens import Tokenizer as Tokens

ROOT = Path(__file__).resolve().parents[1]

INSTEAD = {
    "uncast literal": "it has no type for who reads it: cast it where it is written",
    "null first": "its type may be taken for varchar: let an arm with values come first, or cast "
    "the column again after the union",
    "mixed numbers": "precision may get lost: cast the arms to one type",
    "order in a CTE": "it orders nothing that is read: leave it out, or add a limit",
    "window without frame": "add `rows between unbounded preceding and ...`",
    "window over all rows": "it runs on one slice: partition it, or aggregate before",
    "join without equality": "every row meets every row: join by a column, or with a single row",
    "numeric division": "it may keep four decimals only: cast both sides to numeric(18, 4), or one "
    "of them to double precision",
    "leader node": "it fails beside tables: use what compute nodes know",
}

# Tables that grow with sales or customers have one of these. The rest (products, stores, days,
# campaigns, files) stays within what one slice sorts in seconds.
GROWING = {"order_id", "order_key", "customer_id", "customer_key"}

RANKS = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile,
    exp.Lag, exp.Lead,
)  # fmt: skip

# docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html
LEADER_NODE = {
    "current_schema", "current_schemas", "has_database_privilege", "has_schema_privilege",
    "has_table_privilege", "substr", "factorial", "log", "age", "current_time",
    "current_timestamp", "localtime", "isfinite", "now", "getbit", "get_byte", "set_bit",
    "set_byte", "to_ascii",
}  # fmt: skip

# (node, rule): why the fault cannot hurt.
NUMBERS = "dbt makes numbers of tables with two rows each, in order: some ten thousand at most"
MONTHS = "months or days of the calendar beside stores, cohorts, campaigns or sources: all are few"
EXCEPTIONS = {
    ("dim_date", "join without equality"): NUMBERS,
    ("dim_date", "order in a CTE"): NUMBERS,
    ("dim_time_of_day", "join without equality"): NUMBERS,
    ("dim_time_of_day", "order in a CTE"): NUMBERS,
    ("branch_performance", "join without equality"): MONTHS,
    ("customer_rfm_history", "join without equality"): MONTHS,
    ("cohort_retention", "join without equality"): MONTHS,
    ("campaign_households", "join without equality"): MONTHS,
    ("feature_dates", "join without equality"): MONTHS,
    ("churn_baseline", "join without equality"): "eleven segments beside sources and days",
    ("reporting_rates", "join without equality"): "the rates of a seed, beside those of one",
    ("household", "window over all rows"): "the products of one household",
}

# Decimals that a quotient needs: amounts have four, shares are doubles.
DECIMALS = 8


def check(
    name: str, statement: str, tables: Mapping[str, Columns], has_contract: bool = False
) -> tuple[list[str], Columns]:
    """The faults of one statement, and its columns. `tables` has what it reads, by full name."""
    found = [("statement", *fault) for fault in _leader_node_functions(statement)]
    columns: dict[int, Columns] = {}
    single: set[int] = set()
    last: Columns = {}
    for scope in traverse_scope(parse_one(statement, read="redshift")):
        query = scope.expression
        cte = query.find_ancestor(exp.CTE)
        place = cte.alias if cte else "outermost select"
        if isinstance(query, exp.SetOperation):
            arms = [columns[id(arm)] for arm in scope.union_scopes]
            found += [(place, *fault) for fault in _union_faults(arms)]
            last = _united(arms)
        elif isinstance(query, exp.Select):
            sources = {
                alias: columns[id(source)] if isinstance(source, Scope)
                else tables.get(_full_name(source), {})
                for alias, (_, source) in scope.selected_sources.items()
            }  # fmt: skip
            rows = {a for a, (_, s) in scope.selected_sources.items() if id(s) in single}
            if _is_single_row(query, rows):
                single.add(id(scope))
            last = _selected(query, sources)
            faults = [
                *_literal_faults(query), *_order_faults(scope), *_window_faults(scope, sources),
                *_join_faults(query, rows), *_division_faults(scope, sources),
            ]  # fmt: skip
            found += [(place, *fault) for fault in faults]
        columns[id(scope)] = last
    if has_contract:
        doubtful = [name for name, column in last.items() if column.is_doubtful]
        found += [("outermost select", "null first", name) for name in doubtful]
    messages = [
        f"{name}, {place}: {what}: {rule}; {INSTEAD[rule]}"
        for place, rule, what in dict.fromkeys(found)
        if (name, rule) not in EXCEPTIONS
    ]
    return messages, last


Faults = Iterator[tuple[str, str]]


def _literal_faults(query: exp.Select) -> Faults:
    for projection in query.expressions:
        if type_of(projection.unalias().unnest(), {}).kind == "uncast":
            yield "uncast literal", projection.alias_or_name or projection.sql("redshift")


def _union_faults(arms: list[Columns]) -> Faults:
    for name, cells in _by_position(arms):
        numbers = {(c.kind, c.precision, c.scale) for c in cells if c.is_exact or c.kind == "float"}
        if len(numbers) > 1 and {kind for kind, _, _ in numbers} != {"integer"}:
            yield "mixed numbers", name


def _order_faults(scope: Scope) -> Faults:
    query = scope.expression
    inner = (ScopeType.CTE, ScopeType.DERIVED_TABLE)
    if scope.scope_type in inner and query.args.get("order") and not query.args.get("limit"):
        yield "order in a CTE", query.args["order"].sql("redshift").strip()


def _window_faults(scope: Scope, sources: Mapping[str, Columns]) -> Faults:
    query = scope.expression
    group = query.args.get("group")
    read = {name for columns in sources.values() for name in columns}
    rows_of = {c.name for c in group.find_all(exp.Column)} if group else read
    for window in scope.find_all(exp.Window):
        function = window.this.find(exp.Func)
        is_rank = isinstance(function, RANKS)
        if window.args.get("order") and not window.args.get("spec") and not is_rank:
            yield "window without frame", window.sql("redshift")
        if not window.args.get("partition_by") and rows_of & GROWING:
            yield "window over all rows", window.sql("redshift")


def _join_faults(query: exp.Select, single_rows: set[str]) -> Faults:
    joined = [query.args["from_"].this.alias_or_name] if query.args.get("from_") else []
    for join in query.args.get("joins") or []:
        on, name = join.args.get("on"), join.alias_or_name
        conditions = on.flatten() if isinstance(on, exp.And) else [on]
        is_equal = any(
            isinstance(c, exp.EQ) and c.left.find(exp.Column) and c.right.find(exp.Column)
            for c in conditions
        )
        is_array = isinstance(join.this, exp.AtIndex)
        rows = [other for other in (*joined, name) if other not in single_rows]
        if not (is_equal or join.args.get("using") or is_array or len(rows) < 2
                or name in single_rows):  # fmt: skip
            yield "join without equality", name
        joined.append(name)


def _division_faults(scope: Scope, sources: Mapping[str, Columns]) -> Faults:
    for division in scope.find_all(exp.Div):
        left, right = (type_of(side, sources) for side in (division.left, division.right))
        if "float" not in (left.kind, right.kind) and {left.kind, right.kind} != {"integer"}:
            is_known = left.is_exact and right.is_exact
            found = quotient(left, right)
            if not is_known or (found.precision == 38 and found.scale < DECIMALS):
                yield "numeric division", division.sql("redshift")


def _leader_node_functions(statement: str) -> Faults:
    tokens = Tokens(dialect="redshift").tokenize(statement)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        is_called = following is not None and following.text == "("
        name = token.text.lower()
        if token.token_type.name == "STRING" or name not in LEADER_NODE:
            continue
        if is_called or name.startswith(("current_", "localtime")):
            yield "leader node", name


def _selected(query: exp.Select, sources: Mapping[str, Columns]) -> Columns:
    """The columns of a select, stars written out."""
    found: Columns = {}
    for projection in query.expressions:
        if isinstance(projection, exp.Star):
            for columns in sources.values():
                found |= columns
        elif projection.is_star:
            found |= sources.get(projection.table, {})
        else:
            found[projection.alias_or_name] = type_of(projection.unalias(), sources)
    return found


def _by_position(arms: list[Columns]) -> Iterator[tuple[str, list[Column]]]:
    for position, name in enumerate(arms[0]):
        cells = [list(arm.values())[position] for arm in arms if position < len(arm)]
        yield name, cells


def _united(arms: list[Columns]) -> Columns:
    found = {}
    for name, cells in _by_position(arms):
        is_null = all(cell.is_null for cell in cells)
        is_doubtful = any(cell.is_doubtful for cell in cells) or (cells[0].is_null and not is_null)
        found[name] = replace(common(cells), is_null=is_null, is_doubtful=is_doubtful)
    return found


def _is_single_row(query: exp.Select, single_rows: set[str]) -> bool:
    limit = query.args.get("limit")
    if (limit is not None and limit.expression.name == "1") or not query.args.get("from_"):
        return True
    if query.args.get("group"):
        return False
    aggregates = (p.find(exp.AggFunc) for p in query.expressions if not p.find(exp.Window))
    sources = [query.args["from_"].this, *(j.this for j in query.args.get("joins") or [])]
    return any(aggregates) or all(s.alias_or_name in single_rows for s in sources)


def _full_name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).lower()


def check_project(manifest: Mapping[str, Any]) -> list[str]:
    """The faults of everything that dbt compiled: models, snapshots, data tests, analyses."""
    found = []
    nodes = manifest["nodes"]
    tables = {_relation(s): _declared(s) for s in manifest["sources"].values()}
    parents = {key: node["depends_on"].get("nodes", []) for key, node in nodes.items()}
    for key in TopologicalSorter(parents).static_order():
        node = nodes.get(key)
        if node is None:
            continue
        columns: Columns = {}
        if node.get("compiled_code"):
            has_contract = node["config"].get("contract", {}).get("enforced", False)
            faults, columns = check(node["name"], node["compiled_code"], tables, has_contract)
            found += faults
        if node["config"]["materialized"] != "view":
            columns = {n: replace(c, is_null=False, is_doubtful=False) for n, c in columns.items()}
        columns |= _declared(node)
        relation = _relation(node)
        tables |= {relation: columns, relation.replace(".build_", "."): columns}
    return found


def _relation(node: Mapping[str, Any]) -> str:
    return str(node.get("relation_name") or node["name"]).replace('"', "").lower()


def _declared(node: Mapping[str, Any]) -> Columns:
    columns = node.get("columns", {}).items()
    types = {name: column["data_type"] for name, column in columns if column.get("data_type")}
    types |= node.get("config", {}).get("column_types") or {}
    return {name: column_of(data_type) for name, data_type in types.items()}


def compile_project(folder: Path, is_incremental: bool) -> dict[str, Any]:
    """dbt's manifest with compiled SQL for Redshift. Without a database."""
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "compile", "--target", "redshift",
        "--no-introspect", "--no-populate-cache", "--project-dir", str(ROOT),
        "--profiles-dir", str(ROOT),
        "--vars", f"{{compile_incremental: {str(is_incremental).lower()}}}",
    ]  # fmt: skip
    environment = os.environ | {
        "DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder), "REDSHIFT_PORT": "1",
    }  # fmt: skip
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def main() -> int:
    """Print the faults; return the exit code."""
    found: dict[str, None] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        modes = {Path(folder, "whole"): False, Path(folder, "changed"): True}
        for manifest in pool.map(compile_project, modes, modes.values()):
            found |= dict.fromkeys(check_project(manifest))
    sys.stdout.writelines(f"{message}\n" for message in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
