"""Sources whose own tests fail: what was built from them is kept, and other sources go on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from psycopg import sql

from ingest.engine.few_rows import insert_rows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.dbt_manifest import read_manifest
from warehouse.build.dbt_run import FAILED, NodeResult, Outcome
from warehouse.build.failures import reason
from warehouse.settings import Settings

# What is built from each source by itself, and the seeds used for it.
_STAGING = "models/staging"
_LAYER = (_STAGING, "models/intermediate", "snapshots", "seeds")
Node = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """Why each source is held back, and the tests that read its rows rather than core's."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()


def source_layer(settings: Settings) -> tuple[str, ...]:
    """Selects what is built before sources are combined, with everything upstream; empty for a
    project without staging models.
    """
    if not any((settings.project_dir / _STAGING).rglob("*.sql")):
        return ()
    folders = [folder for folder in _LAYER if any((settings.project_dir / folder).rglob("*.*"))]
    return tuple(f"+path:{folder}" for folder in folders)


def tests_of_layer(settings: Settings) -> list[str]:
    """Names of the tests in tests/ that read only the source layer. dbt must have parsed first."""
    manifest = read_manifest(settings.home / "target")
    layer = {
        name
        for name, node in manifest["nodes"].items()
        if node["original_file_path"].startswith(_LAYER)
    }
    return [
        node["name"]
        for node in manifest["nodes"].values()
        if node["original_file_path"].startswith("tests/")
        and node["depends_on"]["nodes"]
        and layer.issuperset(
            name for name in node["depends_on"]["nodes"] if not name.startswith("source.")
        )
    ]


def find_held(outcome: Outcome, settings: Settings) -> Held | None:
    """The sources that alone caused the failures of a run of the source layer.

    None if a failure does not belong to a single source, or if all sources failed.
    """
    if outcome.fatal:
        return None
    manifest = read_manifest(settings.home / "target")
    owners = _owners(manifest)
    failed: dict[str, list[NodeResult]] = {}
    for result in outcome.results:
        if result.status not in (*FAILED, "skipped"):
            continue
        owner = _owner_of(result, owners)
        if owner is None or (result.kind == "unit_test" and result.status in FAILED):
            return None
        if result.status in FAILED:
            failed.setdefault(owner, []).append(result)
        else:
            failed.setdefault(owner, [])
    # A skipped node must be downstream of a failure of its own source.
    if not all(failed.values()) or failed.keys() >= set(filter(None, owners.values())):
        return None
    reasons = {source: reason(results) for source, results in sorted(failed.items())}
    nodes = {name for name, owner in owners.items() if owner in failed}
    # Restricted models read raw tables directly, so that erasures there take effect in them.
    nodes |= {name for name, node in manifest["nodes"].items() if nodes & _raw_tables(node)}
    return Held(reasons, tuple(sorted(_tests_reading(nodes, manifest))))


def held_before(connection: Session, prefix: str) -> set[str]:
    """The sources that the last build held back."""
    query = sql.SQL("select source_system from {}").format(_table(prefix).quoted)
    return {row[0] for row in connection.execute(query)}


def write_held(connection: Session, prefix: str, held: Held, since: datetime) -> None:
    """Records the sources held back now; a source already held back keeps its start time."""
    table = _table(prefix)
    known = {source: begun for source, begun, _ in read_held(connection, prefix)}
    rows = [(source, known.get(source, since), why) for source, why in held.reasons.items()]
    with connection.transaction():
        connection.execute(sql.SQL("delete from {}").format(table.quoted))
        insert_rows(connection, table, ["source_system", "held_since", "reason"], rows)


def read_held(connection: Session, prefix: str) -> list[tuple[str, datetime, str]]:
    """Each source held back: its name, since when, and why."""
    query = sql.SQL("select source_system, held_since, reason from {} order by 1")
    return connection.execute(query.format(_table(prefix).quoted)).fetchall()


def _table(prefix: str) -> Relation:
    return Relation(f"{prefix}ops", "held_sources")


def _owners(manifest: Node) -> dict[str, str | None]:
    """The source of each raw table and of each model built only from that source, by unique id.

    None for what does not belong to a shop, such as the staging of the loader's own tables.
    """
    shops = {
        node["source_name"]
        for node in manifest["sources"].values()
        if node["source_meta"].get("loader_tables", True)
    }
    models = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot")
    }
    in_layer = {unique_id: _owner_by_place(node) for unique_id, node in models.items()}
    shops &= set(in_layer.values())
    found = {name: node["source_name"] for name, node in manifest["sources"].items()} | in_layer
    for unique_id, node in models.items():
        read = {found.get(name) for name in node["depends_on"]["nodes"]}
        if _raw_tables(node) and len(read) == 1:
            found[unique_id] = read.pop()
    return {name: owner if owner in shops else None for name, owner in found.items()}


def _owner_by_place(node: Node) -> str | None:
    if node["resource_type"] == "snapshot":
        return str(node["name"].split("__")[0])
    parts = PurePath(node["original_file_path"]).parts
    return parts[2] if "/".join(parts[:2]) in _LAYER and len(parts) > 3 else None


def _raw_tables(node: Node) -> set[str]:
    return {name for name in node["depends_on"].get("nodes", ()) if name.startswith("source.")}


def _owner_of(result: NodeResult, owners: Mapping[str, str | None]) -> str | None:
    if not result.is_test:
        return owners.get(result.unique_id)
    # A test may compare a source's values with a seed; seeds do not belong to a source.
    read = {owners.get(name) for name in result.reads if not name.startswith("seed.")}
    return read.pop() if len(read) == 1 else None


def _tests_reading(nodes: set[str], manifest: Node) -> Iterable[str]:
    names = {manifest["nodes"][name]["name"] for name in nodes if name in manifest["nodes"]}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and nodes & set(node["depends_on"]["nodes"]):
            yield node["name"]
    for node in manifest["unit_tests"].values():
        given = " ".join(str(given["input"]) for given in node["given"])
        if any(f"'{name}'" in given or f'"{name}"' in given for name in names):
            yield node["name"]
