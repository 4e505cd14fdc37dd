-- Grain: one source that is on, as this build found it.

with load_files as (
    select * from {{ ref('stg_ops__load_files') }}
    where is_live
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

sources as (
    {%- for source_system in var('source_systems') %}
    select cast('{{ source_system }}' as varchar(32)) as source_system
    union all
    {%- endfor %}
    select cast(null as varchar(32)) as source_system
    where 1 = 0
),

last_loads as (
    select
        source_system,
        max(load_id) as last_load_id,
        max(finished_at) as last_loaded_at
    from load_files
    group by source_system
),

final as (
    select
        cast(sources.source_system as varchar(32)) as source_system,
        cast(last_loads.last_load_id as bigint) as last_load_id,
        cast(last_loads.last_loaded_at as timestamptz) as last_loaded_at,
        cast(as_of_dates.last_order_date as date) as last_order_date,
        cast(as_of_dates.as_of_date as date) as as_of_date
    from sources
    left join last_loads
        on sources.source_system = last_loads.source_system
    left join as_of_dates
        on sources.source_system = as_of_dates.source_system
)

select * from final
