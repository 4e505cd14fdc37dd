"""Hashes that show whether a build has anything to do: code, variables, loads, built relations."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from psycopg import sql

import ml
from ingest.engine.engines import engine_of
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from warehouse.build.row_counts import row_counts
from warehouse.server.roles import BUILT_SCHEMAS, QUEUES
from warehouse.settings import Settings

# What dbt compares itself (state:modified), and what may change any model.
_MODELS = ("models", "seeds", "snapshots", "tests")
_SETTINGS = ("dbt_project.yml", "macros")
# What readers do not see yet changes nothing that builds make: macros/scope/subscriptions.sql.
UNPUBLISHED = "__unpublished"
RISK_MODELS = Path(ml.__file__).parent
_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}


def models_hash(project_dir: Path) -> str:
    """Hash of models, seeds, snapshots and data tests, with their YAML."""
    return hash_of(*_hashes_of_files(project_dir, _MODELS))


def settings_hash(settings: Settings, variables: dict[str, Any]) -> str:
    """Hash of everything else that affects a build: macros, settings, dbt, this run's variables."""
    given = json.dumps(variables, sort_keys=True, default=str)
    adapter = "dbt-redshift" if settings.is_redshift else "dbt-postgres"
    packages = [f"{name} {version(name)}" for name in ("dbt-core", adapter)]
    files = _hashes_of_files(settings.project_dir, _SETTINGS)
    return hash_of(*packages, *files, given, settings.prefix, settings.target)


def plan_hash(models: str, settings: str) -> str:
    """Hash of everything that dbt builds from, and of this run's variables."""
    return hash_of(models, settings)


def built_hash(connection: Session, prefix: str) -> str:
    """Hash of the relations in the database, of the loads they took in and of what is queued.

    A manual dbt run replaces tables and views, which get new object ids, and an incremental run
    changes the list of loads taken in: both change this hash.
    """
    taken_in = connection.execute(
        sql.SQL("select fact_name, load_id from {}.fact_loads order by 1, 2").format(
            sql.Identifier(prefix + "ops")
        )
    ).fetchall()
    among, names = engine_of(connection).among([prefix + schema for schema in BUILT_SCHEMAS])
    relations = connection.execute(
        sql.SQL(
            "select nspname, relname, pg_class.oid from pg_class "
            "join pg_namespace on pg_namespace.oid = relnamespace "
            "where relkind in ('r', 'v', 'm') and nspname {} order by 1, 2"
        ).format(among),
        names,
    ).fetchall()
    queues = [
        Relation(schema, name)
        for schema, name, _ in relations
        if schema == prefix + QUEUES and not name.endswith(UNPUBLISHED)
    ]
    waiting = [(count,) for count in row_counts(connection, queues)]
    return hash_of(repr(taken_in), repr(waiting), repr(relations))


def state_hash(connection: Session, prefix: str, plan: str, built: str) -> str:
    """Hash of the plan, of what is built, of the risk models' code, of the live loads, and of the
    runs of risk models (training, rollback or scoring by a command of its own).
    """
    loads = connection.execute(
        sql.SQL("select load_id from {}.load_files where is_live order by load_id").format(
            sql.Identifier(prefix + "ops")
        )
    ).fetchall()
    models = connection.execute(
        sql.SQL("select max(run_id) from {}.model_runs").format(sql.Identifier(prefix + "ml"))
    ).fetchall()
    return hash_of(plan, built, _risk_code_hash(), repr(loads), repr(models))


def _risk_code_hash() -> str:
    """Hash of the code that trains and scores, and of its library."""
    files = _hashes_of_files(RISK_MODELS.parent, [RISK_MODELS.name])
    return hash_of(f"scikit-learn {version('scikit-learn')}", *files)


def _hashes_of_files(project_dir: Path, parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        path = project_dir / part
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            is_python_test = part == "tests" and file.suffix == ".py"
            if file.suffix in _SUFFIXES and file.is_file() and not is_python_test:
                yield f"{file.relative_to(project_dir)}"
                yield hashlib.sha256(file.read_bytes()).hexdigest()


def hash_of(*parts: str) -> str:
    """Hash of the parts, in their order."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
