-- Grain: one order of one load on one day in one currency, by what its rows in the file wait for
-- and whether they are superseded. Amounts add up only within one currency.
-- Kept out of schema core, whose tables do not depend on how history was cut into files.
{{
    config(
        materialized='incremental',
        schema='intermediate',
        grants={'select': []},
        indexes=index(['order_key']),
        meta={
            'takes_in': 'order_loads',
            'rebuilt_by': ['order_key', 'source_system', 'order_id'],
            'after': ['fct_order_lines']
        },
        pre_hook="{{ open_due_shares() }}"
    )
}}

{%- set due = due_shares() %}
{%- set lines = reconciled_facts()['fct_order_lines'] %}

with touched_rows as (
    {{ union_sources('control_rows', touched=true) }}
),

{%- if due %}

all_rows as (
    {{ union_sources('control_rows') }}
),
{%- endif %}

rows_to_count as (
    select * from touched_rows
    where
        {{ is_of_orders('reconciled_in') }}
        and {{ is_due_share(surrogate_key('source_system', 'order_id'), due, 'not') }}
    {%- if due %}
    union all
    select * from all_rows
    where
        {{ is_of_orders('reconciled_in') }}
        and {{ is_due_share(surrogate_key('source_system', 'order_id'), due) }}
    {%- endif %}
),

-- Without the key, of which PostgreSQL would think that it sets all rows apart.
staged as (
    select
        reconciled_in,
        source_system,
        order_id,
        load_id,
        business_date,
        currency_code,
        missing_part,
        coalesce(is_superseded, false) as is_superseded,
        count(*) as row_count,
        cast(sum(control_amount) as numeric(18, 4)) as amount
    from rows_to_count
    group by
        reconciled_in,
        source_system,
        order_id,
        load_id,
        business_date,
        currency_code,
        missing_part,
        coalesce(is_superseded, false)
),

lines_to_count as (
    select * from {{ touched(ref('fct_order_lines')) }}
    {%- if due %}
    union all
    select * from {{ ref('fct_order_lines') }}
    where {{ is_due_share('order_key', due) }} {{ is_not_held('source_system') }}
    {%- endif %}
),

counted as (
    select
        source_system,
        order_key,
        order_id,
        load_id,
        order_date,
        currency_code,
        count(*) as row_count,
        cast(sum({{ lines.amount }}) as numeric(18, 4)) as amount
    from lines_to_count
    where {{ lines.rows }}
    group by source_system, order_key, order_id, load_id, order_date, currency_code
),

counts as (
    select
        reconciled_in,
        source_system,
        {{ surrogate_key('source_system', 'order_id') }} as order_key,
        order_id,
        load_id,
        business_date,
        currency_code,
        missing_part,
        is_superseded,
        row_count as staged_row_count,
        amount as staged_amount,
        0 as fact_row_count,
        cast(null as numeric(18, 4)) as fact_amount
    from staged
    union all
    select
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        source_system,
        order_key,
        order_id,
        load_id,
        order_date as business_date,
        currency_code,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        0 as staged_row_count,
        cast(null as numeric(18, 4)) as staged_amount,
        row_count as fact_row_count,
        amount as fact_amount
    from counted
),

final as (
    select
        cast(reconciled_in as varchar(128)) as reconciled_in,
        cast(max(source_system) as varchar(32)) as source_system,
        order_key,
        cast(max(order_id) as varchar(256)) as order_id,
        load_id,
        cast(business_date as date) as business_date,
        cast(currency_code as varchar(3)) as currency_code,
        cast(missing_part as varchar(64)) as missing_part,
        is_superseded,
        cast(sum(staged_row_count) as bigint) as staged_row_count,
        cast(sum(staged_amount) as numeric(18, 4)) as staged_amount,
        cast(sum(fact_row_count) as bigint) as fact_row_count,
        cast(sum(fact_amount) as numeric(18, 4)) as fact_amount,
        cast('{{ run_started_at.date() }}' as date) as counted_date
    from counts
    group by
        reconciled_in,
        order_key,
        load_id,
        business_date,
        currency_code,
        missing_part,
        is_superseded
)

select * from final
{{ kept_rows() if not is_scoped() }}
