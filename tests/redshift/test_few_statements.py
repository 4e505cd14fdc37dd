"""What a second build sends: nothing for views whose SQL is the same, no comments, no checks."""

import re
import shutil
from pathlib import Path

import pytest

from tests.platform.mini_project import write_mini_project
from tests.redshift.cluster import Cluster
from tests.redshift.dbt_runs import make_loaders_tables, run_dbt

SCHEMA = """\
version: 2
models:
  - name: days
    description: Days.
    config: {schema: core, materialized: table, contract: {enforced: true}}
    columns:
      - {name: order_key, data_type: bigint, description: A key.}
      - {name: order_date, data_type: date, description: A day.}
  - name: loads
    config: {schema: staging}
  - name: first_days
    config: {schema: staging}
  - name: last_days
    config: {schema: staging}
"""
MODELS = {
    "days": "select cast(1 as bigint) as order_key, cast('2024-05-01' as date) as order_date",
    "loads": "select load_id from {{ source('ops', 'load_files') }}",
    "first_days": "select min(order_date) as first_day from {{ ref('days') }}",
    "last_days": "select max(load_id) as last_load from {{ ref('loads') }}",
}


@pytest.fixture
def project(redshift: Cluster, project_dir: Path, tmp_path: Path) -> Path:
    """A table with a contract, a view on it, and a view on a view of the loader's ledger."""
    folder = write_mini_project(project_dir, tmp_path / "mini")
    make_loaders_tables(redshift, project_dir)
    for macro in (project_dir / "macros" / "overrides").glob("*.sql"):
        shutil.copy(macro, folder / "macros")
    for model in (folder / "models" / "marts").iterdir():
        model.unlink()
    settings = folder / "dbt_project.yml"
    settings.write_text(
        settings.read_text() + "models: {+persist_docs: {relation: true, columns: true}}\n"
    )
    (folder / "models" / "schema.yml").write_text(SCHEMA)
    for name, text in MODELS.items():
        (folder / "models" / f"{name}.sql").write_text(text + "\n")
    return folder


def views_made(redshift: Cluster) -> list[str]:
    """The views made since the ledger was cleared, by name."""
    made = " ".join(redshift.ledger.matching(r"\bcreate view "))
    return sorted(re.findall(r'create view \S+"(\w+?)(?:__dbt_tmp)?" +as', " ".join(made.split())))


def test_only_what_changed_is_sent(
    redshift: Cluster, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_PUBLISH", "never")
    run_dbt(redshift, project, tmp_path, "run")
    assert views_made(redshift) == ["first_days", "last_days", "loads"]
    assert redshift.ledger.matching("where false|false limit 0") == []
    (table,) = redshift.ledger.matching(r"create\s+table.*days__dbt_tmp")
    assert "diststyle key distkey (order_key)" in table and "sortkey(order_date)" in table

    # The view on the table goes with the table that was there.
    redshift.ledger.clear()
    run_dbt(redshift, project, tmp_path, "run")
    assert views_made(redshift) == ["first_days"]
    assert redshift.ledger.matching("comment on (table|column)") == []
    second = sum(redshift.counts().values())

    # What changed is made anew, and with it what reads it.
    redshift.ledger.clear()
    model = project / "models" / "loads.sql"
    model.write_text(model.read_text().replace("select load_id", "select load_id + 1 as load_id"))
    run_dbt(redshift, project, tmp_path, "run", "--vars", "{write_comments: true}")
    assert views_made(redshift) == ["first_days", "last_days", "loads"]
    assert redshift.run("select count(*) from staging.last_days") == [(1,)]
    assert redshift.ledger.matching("comment on table") != []
    assert redshift.ledger.matching("comment on column .*order_date") != []
    assert sum(redshift.counts().values()) > second
