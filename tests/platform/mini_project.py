"""A small dbt project with everything the pipeline looks at, quick enough to build many times."""

import shutil
from pathlib import Path

PROJECT = """\
name: retail
version: "0.1.0"
config-version: 2
profile: retail
flags:
  send_anonymous_usage_stats: false
  skip_nodes_if_on_run_start_fails: true
on-run-start:
  - "{{ require_own_warehouse() }}"
on-run-end:
  - "{{ publish_whole_builds() }}"
vars:
  source_systems: [cafe]
"""
MACROS = (
    "overrides/generate_schema_name", "overrides/keep_dependents", "overrides/own_warehouse",
    "overrides/source", "scope/ops_table", "scope/project_models", "scope/subscriptions",
    "publish/*",
)  # fmt: skip

SCHEMA = """\
version: 2
models:
  - name: customer_rfm
    config: {schema: marts}
    columns:
      - name: customer_key
        data_tests: [not_null, unique]
  - name: product_affinity
    config: {schema: marts, tags: [weekly], materialized: table}
    columns:
      - name: product_key_a
        data_tests: [not_null]
"""

CUSTOMER_RFM = """\
select
    'cafe'::varchar(32) as source_system,
    number as customer_key,
    case when number <= 2 then 'champion' else 'hibernating' end::varchar(64) as rfm_segment
from generate_series(1, {{ var('customers', 5) }}) as numbers (number)
"""

PRODUCT_AFFINITY = "select 1 as product_key_a, clock_timestamp() as built_at\n"

STATE = "select count(*) as tickets from {{ source('cafe', 'transactions') }}\n"


def write_mini_project(original: Path, folder: Path) -> Path:
    """Writes the project into the folder, with the original's sources, macros and profiles."""
    for name in ("models/marts", "models/staging/cafe", "models/staging/ops", "macros", "tests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "dbt_project.yml").write_text(PROJECT)
    shutil.copy(original / "profiles.yml", folder)
    for name in MACROS:
        for macro in (original / "macros").glob(f"{name}.sql"):
            shutil.copy(macro, folder / "macros")
    for source in ("cafe", "ops"):
        name = f"models/staging/{source}/_{source}__sources.yml"
        shutil.copy(original / name, folder / name)
    marts = folder / "models" / "marts"
    (marts / "schema.yml").write_text(SCHEMA)
    (marts / "customer_rfm.sql").write_text(CUSTOMER_RFM)
    (marts / "product_affinity.sql").write_text(PRODUCT_AFFINITY)
    (marts / "ticket_count.sql").write_text(
        "{{ config(schema='marts', materialized='table') }}\n" + STATE
    )
    return folder
