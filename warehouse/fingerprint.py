"""Tells whether a build would find anything new: code, variables, loads, and what is built."""

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from warehouse.roles import BUILT_SCHEMAS, QUEUES
from warehouse.settings import Settings

_FOLDERS = ("models", "seeds", "macros", "snapshots", "tests")
_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}


def code_hash(project_dir: Path) -> str:
    """Hash of all that dbt builds from: models, seeds, macros, snapshots, data tests, settings."""
    digest = hashlib.sha256()
    for package in ("dbt-core", "dbt-postgres"):
        digest.update(f"{package} {version(package)}\n".encode())
    for path in _code_files(project_dir):
        digest.update(f"{path.relative_to(project_dir)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def plan_hash(settings: Settings, variables: dict[str, Any]) -> str:
    """Hash of the code and the variables given for this run."""
    given = json.dumps(variables, sort_keys=True, default=str)
    return _hash(code_hash(settings.project_dir), given, settings.prefix, settings.target)


def state_hash(connection: psycopg.Connection, prefix: str, plan: str) -> str:
    """Hash of the plan, the live loads and the relations as they stand in the database.

    A dbt run by hand replaces tables and views, which get new object ids, and an incremental run
    changes the list of loads taken in: both show here, so that the next build does not skip.
    """
    ops = sql.Identifier(prefix + "ops")
    loads = connection.execute(
        sql.SQL("select load_id from {}.load_files where is_live order by load_id").format(ops)
    ).fetchall()
    taken_in = connection.execute(
        sql.SQL("select fact_name, load_id from {}.fact_loads order by 1, 2").format(ops)
    ).fetchall()
    relations = connection.execute(
        "select nspname, relname, pg_class.oid from pg_class "
        "join pg_namespace on pg_namespace.oid = relnamespace "
        "where relkind in ('r', 'v', 'm') and nspname = any(%s) order by 1, 2",
        [[prefix + schema for schema in BUILT_SCHEMAS]],
    ).fetchall()
    waiting = [
        connection.execute(
            sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
        ).fetchone()
        for schema, name, _ in relations
        if schema == prefix + QUEUES
    ]
    # A model trained or rolled back, or scores written, by hand.
    models = connection.execute(
        sql.SQL("select max(run_id) from {}.model_runs").format(sql.Identifier(prefix + "ml"))
    ).fetchall()
    return _hash(plan, repr(loads), repr(taken_in), repr(waiting), repr(relations), repr(models))


def _code_files(project_dir: Path) -> Iterator[Path]:
    yield project_dir / "dbt_project.yml"
    for folder in _FOLDERS:
        for path in sorted((project_dir / folder).rglob("*")):
            is_python_test = folder == "tests" and path.suffix == ".py"
            if path.suffix in _SUFFIXES and path.is_file() and not is_python_test:
                yield path


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
