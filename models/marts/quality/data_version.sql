-- Grain: one source that is on. A view, so that it names the build that has just ended.
{{ config(materialized='view') }}

with load_files as (
    select * from {{ ref('stg_ops__load_files') }}
    where is_live
),

build_runs as (
    select * from {{ ref('stg_ops__build_runs') }}
),

held_sources as (
    select * from {{ ref('stg_ops__held_sources') }}
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

sources as (
    {%- for source_system in var('source_systems') %}
    select '{{ source_system }}' as source_system
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

-- Only a run of everything has a fingerprint.
last_builds as (
    select max(build_id) as build_id
    from build_runs
    where fingerprint <> ''
),

final as (
    select
        cast(sources.source_system as varchar(32)) as source_system,
        cast(last_loads.last_load_id as bigint) as last_load_id,
        cast(last_loads.last_loaded_at as timestamptz) as last_loaded_at,
        cast(as_of_dates.last_order_date as date) as last_order_date,
        cast(as_of_dates.as_of_date as date) as as_of_date,
        cast(build_runs.build_id as bigint) as build_id,
        cast(build_runs.finished_at as timestamptz) as built_at,
        cast(build_runs.status as varchar(16)) as build_status,
        cast(build_runs.tests_passed as integer) as tests_passed,
        cast(build_runs.tests_warned as integer) as tests_warned,
        cast(build_runs.tests_failed as integer) as tests_failed,
        cast(held_sources.held_since as timestamptz) as held_since,
        cast(held_sources.reason as varchar(1024)) as held_reason
    from sources
    left join last_loads
        on sources.source_system = last_loads.source_system
    left join as_of_dates
        on sources.source_system = as_of_dates.source_system
    left join held_sources
        on sources.source_system = held_sources.source_system
    left join last_builds
        on 1 = 1
    left join build_runs
        on last_builds.build_id = build_runs.build_id
)

select * from final
