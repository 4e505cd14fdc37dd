"""The code that built each incremental model. If the code changed, the model is fully rebuilt."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.few_rows import insert_rows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.dbt_manifest import reached, read_manifest
from warehouse.build.fingerprint import hash_of
from warehouse.settings import Settings

# Hashes of the code that makes a model's rows, by the name of the model they are of: itself or one
# upstream.
Code = dict[str, str]


def read_code(settings: Settings) -> dict[str, Code]:
    """The hashed code behind each incremental model, by the model's name.

    Covers the model and all models upstream of it, with their columns and macros, as dbt last
    parsed the project. Comment lines do not count.
    """
    manifest = read_manifest(settings.home / "target")
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    macros = _Macros(manifest["macros"])

    @cache
    def own(unique_id: str) -> str:
        node = nodes[unique_id]
        columns = node["columns"].values()
        # Which sources hand in a model's rows depends on the sources that are on.
        meta = {
            word: given for word, given in node["config"]["meta"].items() if word != "only_from"
        }
        return hash_of(
            _without_comments(node["raw_code"]),
            json.dumps([node["config"]["materialized"], meta], sort_keys=True),
            json.dumps([[c["name"], c["data_type"], c["constraints"]] for c in columns]),
            *sorted(macros.behind(node["depends_on"]["macros"])),
        )

    found = {}
    for unique_id, node in nodes.items():
        if node["resource_type"] != "model" or node["config"]["materialized"] != "incremental":
            continue
        upstream = reached(
            [unique_id], lambda name: (p for p in parents[name] if p.startswith("model."))
        )
        found[node["name"]] = {nodes[behind]["name"]: own(behind) for behind in upstream}
    return found


def read_built(connection: Session, prefix: str) -> dict[str, Code]:
    """The code that built each incremental model."""
    built: dict[str, Code] = {}
    query = sql.SQL("select model, upstream_model, code_hash from {}")
    for model, upstream, code_hash in connection.execute(query.format(_table(prefix).quoted)):
        built.setdefault(model, {})[upstream] = code_hash
    return built


def outdated(built: Mapping[str, Code], code: Mapping[str, Code]) -> set[str]:
    """Names of the models that other code built. Adding or switching off a source outdates none."""
    return {
        model
        for model, now in code.items()
        if model not in built or any(built[model].get(name, now[name]) != now[name] for name in now)
    }


def write_code(connection: Session, prefix: str, code: Mapping[str, Code]) -> None:
    """Records the code of the models given, in place of what was recorded for them."""
    rows = [
        (model, upstream, code_hash)
        for model in sorted(code)
        for upstream, code_hash in code[model].items()
    ]
    if not rows:
        return
    among, models = engine_of(connection).among(list(code))
    table = _table(prefix)
    with connection.transaction():
        delete = sql.SQL("delete from {} where model {}").format(table.quoted, among)
        connection.execute(delete, models)
        insert_rows(connection, table, ["model", "upstream_model", "code_hash"], rows)


class _Macros:
    """The project's own macros, and the macros that each calls."""

    def __init__(self, macros: Mapping[str, Any]) -> None:
        self._own = {n: m for n, m in macros.items() if not m["package_name"].startswith("dbt")}

    def behind(self, called: Iterable[str]) -> set[str]:
        """Code of the macros called, directly or through others, for all engines."""

        def variants(names: Iterable[str]) -> set[str]:
            plain = {name.split(".")[-1] for name in names}
            return {n for n in self._own if n.split(".")[-1].split("__")[-1] in plain}

        found = reached(variants(called), lambda n: variants(self._own[n]["depends_on"]["macros"]))
        return {_without_comments(self._own[name]["macro_sql"]) for name in found}


def _without_comments(code: str) -> str:
    lines = (line.strip() for line in code.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))


def _table(prefix: str) -> Relation:
    return Relation(f"{prefix}ops", "model_code")
