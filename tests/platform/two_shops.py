"""A small dbt project of two shops: each staged by itself, then together in a fact, a dimension and
a mart, with the project's own macros.
"""

import shutil
from pathlib import Path

PROJECT = """\
name: retail
version: "0.1.0"
config-version: 2
profile: retail
flags:
  send_anonymous_usage_stats: false
  indirect_selection: cautious
  skip_nodes_if_on_run_start_fails: true
on-run-start:
  - "{{ require_own_warehouse() }}"
  - "{{ make_queues() }}"
vars:
  source_systems: [north, south]
  sources_with: {}
models:
  retail:
    staging: {+schema: staging, +materialized: view}
    intermediate: {+schema: intermediate, +materialized: view}
    core: {+schema: core, +materialized: table}
    aggregates: {+schema: aggregates, +materialized: table}
    marts:
      +schema: marts
      +materialized: table
      quality: {+contract: {enforced: true}}
"""
SOURCE = """\
version: 2
sources:
  - name: {shop}
    schema: raw_{shop}
    description: A shop.
    tables:
      - name: sales
        description: One order.
        config:
          meta: {{mode: append}}
        columns:
          - {{name: order_id, data_type: varchar(256), description: The order.}}
          - {{name: store_id, data_type: varchar(256), description: Its store.}}
          - {{name: ordered_at, data_type: timestamp, description: When.}}
          - {{name: amount, data_type: "numeric(18,4)", description: Paid.}}
"""
STAGING_YML = """\
models:
  - name: stg_{shop}__sales
    columns:
      - name: amount
        data_tests:
          - values_between: {{name: {shop}_paid_something, arguments: {{minimum: 0}}}}
"""
STAGING = """\
select order_id, store_id, ordered_at, amount, load_id from {{{{ source('{shop}', 'sales') }}}}
"""
ORDERS = """\
select
    cast('{shop}' as varchar(32)) as source_system, order_id,
    cast(null as varchar(256)) as customer_id, store_id, cast(null as varchar(256)) as employee_id,
    ordered_at, cast(null as varchar(64)) as payment_method,
    cast(null as varchar(64)) as order_status, cast('GBP' as varchar(3)) as currency_code,
    amount as stated_total_amount, load_id
from {{{{ ref('stg_{shop}__sales') }}}}
"""
ORDER_LOADS = """\
select cast('{shop}' as varchar(32)) as source_system, order_id, load_id
from {{{{ ref('stg_{shop}__sales') }}}}
"""
STORES = """\
select
    cast('{shop}' as varchar(32)) as source_system, store_id, max(order_id) as store_name,
    cast(null as varchar(128)) as city, cast(null as varchar(128)) as region,
    cast(null as varchar(2)) as country_code, cast(null as varchar(64)) as channel,
    cast(null as varchar(64)) as time_zone
from {{{{ ref('stg_{shop}__sales') }}}}
group by store_id
"""
CORE_YML = """\
models:
  - name: fct_orders
    config:
      materialized: incremental
      incremental_strategy: subscription
      on_schema_change: fail
      pre_hook: "{{ open_scope() }}"
      meta: {takes_in: order_loads, rebuilt_by: [order_key, source_system, order_id]}
      contract: {enforced: true}
    columns:
      - {name: order_key, data_type: bigint, data_tests: [unique]}
      - {name: source_system, data_type: varchar(32)}
      - {name: order_id, data_type: varchar(256)}
      - {name: store_id, data_type: varchar(256)}
      - {name: order_date, data_type: date}
      - {name: amount, data_type: "numeric(18,4)"}
      - {name: load_id, data_type: bigint}
  - name: dim_store
    config: {contract: {enforced: true}}
    columns:
      - {name: store_key, data_type: bigint, data_tests: [unique]}
      - {name: source_system, data_type: varchar(32)}
      - {name: store_id, data_type: varchar(256)}
      - {name: store_name, data_type: varchar(512)}
"""
FCT_ORDERS = """\
with orders as (
    {{ union_sources('orders', touched=true) }}
),

final as (
    select
        {{ surrogate_key('source_system', 'order_id') }} as order_key,
        source_system,
        order_id,
        store_id,
        cast(ordered_at as date) as order_date,
        stated_total_amount as amount,
        load_id
    from orders
)

select * from final
{{ kept_rows() if not is_scoped() }}
"""
DIM_STORE = """\
with stores as (
    {{ union_sources('stores') }}
),

members as (
    select source_system, store_id from stores
    union
    select source_system, store_id from {{ ref('fct_orders') }}
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.store_id') }} as store_key,
        members.source_system,
        members.store_id,
        stores.store_name
    from members
    left join stores
        on members.source_system = stores.source_system and members.store_id = stores.store_id
)

select * from final
{{ kept_rows() }}
"""
SALES = """\
select source_system, count(*) as orders, sum(amount) as amount
from {{ ref('fct_orders') }}
group by source_system
"""
AS_OF_DATES = """\
select source_system, max(order_date) as last_order_date, max(order_date) + 1 as as_of_date
from {{ ref('fct_orders') }}
group by source_system
"""
STAGED_OPS = ("load_files", "build_runs", "held_sources", "publications")


def write_two_shops(original: Path, folder: Path) -> None:
    """Writes the project into the folder, with the original's macros and data_version."""
    for name in ("macros", "tests"):
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(original / "macros", folder / "macros")
    shutil.copy(original / "profiles.yml", folder)
    staged_ops = "models/staging/ops"
    generic = "tests/generic"
    texts = {
        "dbt_project.yml": PROJECT,
        "models/core/core.yml": CORE_YML,
        "models/core/fct_orders.sql": FCT_ORDERS,
        "models/core/dim_store.sql": DIM_STORE,
        "models/marts/sales_by_shop.sql": SALES,
        "models/aggregates/as_of_dates.sql": AS_OF_DATES,
    }
    for shop in ("north", "south"):
        staging, intermediate = f"models/staging/{shop}", f"models/intermediate/{shop}"
        texts |= {
            f"{staging}/_{shop}__sources.yml": SOURCE.format(shop=shop),
            f"{staging}/models.yml": STAGING_YML.format(shop=shop),
            f"{staging}/stg_{shop}__sales.sql": STAGING.format(shop=shop),
            f"{intermediate}/int_{shop}__orders.sql": ORDERS.format(shop=shop),
            f"{intermediate}/int_{shop}__order_loads.sql": ORDER_LOADS.format(shop=shop),
            f"{intermediate}/int_{shop}__stores.sql": STORES.format(shop=shop),
        }
    copied = [
        f"{staged_ops}/_ops__sources.yml",
        *(f"{staged_ops}/stg_ops__{name}.sql" for name in STAGED_OPS),
        "models/aggregates/quality/source_versions.sql",
        "models/aggregates/quality/source_versions.yml",
        "models/marts/quality/data_version.sql",
        "models/marts/quality/data_version.yml",
        f"{generic}/values_between.sql",
    ]
    texts |= {name: (original / name).read_text() for name in copied}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
