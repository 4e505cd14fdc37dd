-- Grain: one display and mailer of one product in one store in one week. A product may have several
-- in a week, so joining sales to this fact multiplies them.
{{
    config(
        materialized='incremental',
        incremental_strategy='load_scope',
        on_schema_change='fail',
        pre_hook="{{ open_load_scope() }}",
        indexes=unique_index(
            ['product_key', 'store_key', 'week_start_date', 'display', 'mailer']
        )
    )
}}

{%- set load_scope = 'fct_promotions_weekly' if is_load_scoped() else none %}

with promotions as (
    {{ union_sources('promotions', load_scope=load_scope) }}
),

-- What several files, or one file twice, say alike is said once.
told_once as (
    select
        source_system,
        product_id,
        store_id,
        week_start_date,
        display,
        mailer,
        min(load_id) as load_id
    from promotions
    group by source_system, product_id, store_id, week_start_date, display, mailer
),

keyed as (
    select
        *,
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        {{ surrogate_key('source_system', 'store_id') }} as store_key
    from told_once
),

final as (
    select
        product_key,
        store_key,
        week_start_date,
        display,
        mailer,
        source_system,
        product_id,
        store_id,
        load_id
    from keyed
    {%- if load_scope is not none %}
    where not exists (
        select 1 from {{ this }} as taken
        where
            keyed.product_key = taken.product_key
            and keyed.store_key = taken.store_key
            and keyed.week_start_date = taken.week_start_date
            and keyed.display = taken.display
            and keyed.mailer = taken.mailer
    )
    {%- endif %}
)

select * from final
