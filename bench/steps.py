"""The measured steps, as functions for a separate process: loading, dbt, writing the files."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.command import Node
from bench.plain import Model
from warehouse.errors import WarehouseError
from warehouse.server import database
from warehouse.server.roles import LOADER
from warehouse.server.secret_files import ensure_token_key
from warehouse.settings import Settings

ONLY_GROCERY = ("--vars", "{source_systems: [grocery]}")


@dataclass(frozen=True)
class DbtRun:
    """A dbt command: total seconds, and its nodes except operations and exposures."""

    seconds: float
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Plan:
    """The models in build order, and their sections.

    `base` are core, aggregates and incremental marts with their ancestors, `marts` the rest.
    """

    models: tuple[Model, ...]
    base: tuple[str, ...]
    marts: tuple[str, ...]


def write_history(folder: Path, households: int) -> float:
    """Write a grocery panel; return the seconds it took."""
    from sample import grocery

    began = time.monotonic()
    grocery.write(folder, households=households)
    return time.monotonic() - began


def write_new_day(history: Path, folder: Path, households: int | None = None) -> tuple[Path, int]:
    """Write the day after a panel, by default the sample's: 0.1 % of the lines, one in a hundred a
    correction. Return the file and the number of rows.
    """
    from sample import grocery

    size = {} if households is None else {"households": households}
    day = grocery.new_day(history, folder, **size, share=0.001, corrected=0.01)
    return day.path, day.rows


def write_sources(folder: Path, households: int) -> list[tuple[str, list[Path]]]:
    """Write small files of every source and a grocery panel; return sources and files."""
    from sample import SEED, SOURCES, grocery

    grocery.write(folder / "grocery", households=households)
    for source, write in SOURCES.items():
        if source != "grocery":
            write(folder, 1.0, SEED, False)
    return [(source, [folder / source]) for source in SOURCES]


def write_samples(folder: Path) -> dict[str, list[Path]]:
    """Write the sample that `make build` loads; return each source's files."""
    from sample import write_sample

    return {name: report.files for name, report in write_sample(folder).sources.items()}


def load(settings: Settings, paths: Sequence[Path], source: str = "grocery") -> float:
    """Load files of a source in this process; return the seconds of the call."""
    from ingest.loads import loader
    from ingest.loads.load_options import Options

    began = time.monotonic()
    report = loader.load(
        database.conninfo(settings, LOADER),
        settings.project_dir,
        source,
        list(paths),
        Options(token_key=ensure_token_key(settings), prefix=settings.prefix),
    )
    seconds = time.monotonic() - began
    faults = [f"{r.file}: {r.message}" for r in report.files if r.status != "loaded"]
    if faults:
        raise WarehouseError(f"The loader refused a file that it should load: {faults[0]}")
    return seconds


def run_dbt(settings: Settings, *command: str) -> DbtRun:
    """Run a dbt command in this process. Raises WarehouseError with what failed."""
    seconds, results = _invoke(settings, *command)
    nodes = (Node(r.node.name, _kind(r.node), float(r.execution_time)) for r in results)
    return DbtRun(seconds, tuple(n for n in nodes if n.kind not in ("operation", "exposure")))


def compile_models(settings: Settings) -> Plan:
    """Compile all models for a full build."""
    _, results = _invoke(settings, "compile", "--full-refresh")
    nodes = {r.node.unique_id: r.node for r in results if r.node.resource_type == "model"}
    ordered = _in_order(nodes)
    core = {i for i, node in nodes.items() if node.fqn[1] != "marts" or _is_incremental(node)}
    base = core | {i for start in core for i in _ancestors(start, nodes)}
    return Plan(
        models=tuple(_model(nodes[i]) for i in ordered),
        base=tuple(nodes[i].name for i in ordered if i in base),
        marts=tuple(nodes[i].name for i in ordered if i not in base),
    )


def _invoke(settings: Settings, *command: str) -> tuple[float, list[Any]]:
    from dbt.cli.main import dbtRunner

    from warehouse.build.dbt_run import prepared_dbt

    name, *options = command
    with prepared_dbt(settings, name) as arguments:
        began = time.monotonic()
        answer = dbtRunner().invoke([*arguments, *options])
        seconds = time.monotonic() - began
    results = list(getattr(answer.result, "results", None) or [])
    if not answer.success:
        failed = [r for r in results if r.status in ("error", "fail", "runtime error")]
        reason = f"{failed[0].node.name}: {failed[0].message}" if failed else answer.exception
        raise WarehouseError(f"dbt {name} failed: {' '.join(str(reason).split())}")
    return seconds, results


def _kind(node: Any) -> str:
    kind = str(getattr(node.resource_type, "value", node.resource_type))
    return str(node.config.materialized) if kind == "model" else kind.replace("_", " ")


def _is_incremental(node: Any) -> bool:
    return bool(node.config.materialized == "incremental")


def _ancestors(start: str, nodes: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    open_ends = [start]
    while open_ends:
        parents = {i for i in nodes[open_ends.pop()].depends_on.nodes if i in nodes}
        open_ends += parents - found
        found |= parents
    return found


def _in_order(nodes: dict[str, Any]) -> list[str]:
    depth: dict[str, int] = {}

    def measure(unique_id: str) -> int:
        if unique_id not in depth:
            parents = [i for i in nodes[unique_id].depends_on.nodes if i in nodes]
            depth[unique_id] = 1 + max(map(measure, parents), default=0)
        return depth[unique_id]

    return sorted(nodes, key=lambda i: (measure(i), i))


def _model(node: Any) -> Model:
    indexes = [
        (tuple(index["columns"]), bool(index.get("unique")))
        for index in node.config.get("indexes") or []
    ]
    return Model(
        name=node.name,
        relation=node.relation_name,
        schema=node.schema,
        is_view=node.config.materialized == "view",
        select=node.compiled_code,
        indexes=tuple(indexes),
    )
