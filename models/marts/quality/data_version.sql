-- Grain: one source that is on. A view, so that it names what readers see now.
{{ config(materialized='view') }}

with source_versions as (
    select * from {{ ref('source_versions') }}
),

publications as (
    select * from {{ ref('stg_ops__publications') }}
),

build_runs as (
    select * from {{ ref('stg_ops__build_runs') }}
),

held_sources as (
    select * from {{ ref('stg_ops__held_sources') }}
),

sources as (
    {%- for source_system in var('source_systems') %}
    select cast('{{ source_system }}' as varchar(32)) as source_system
    union all
    {%- endfor %}
    select cast(null as varchar(32)) as source_system
    where 1 = 0
),

last_publications as (
    select max(publication_id) as publication_id
    from publications
),

-- Only a run of everything has a fingerprint.
last_attempts as (
    select max(build_id) as build_id
    from build_runs
    where fingerprint <> ''
),

final as (
    select
        cast(sources.source_system as varchar(32)) as source_system,
        cast(source_versions.last_load_id as bigint) as last_load_id,
        cast(source_versions.last_loaded_at as timestamptz) as last_loaded_at,
        cast(source_versions.last_order_date as date) as last_order_date,
        cast(source_versions.as_of_date as date) as as_of_date,
        cast(built.build_id as bigint) as build_id,
        cast(built.finished_at as timestamptz) as built_at,
        cast(built.status as varchar(16)) as build_status,
        cast(built.tests_passed as integer) as tests_passed,
        cast(built.tests_warned as integer) as tests_warned,
        cast(built.tests_failed as integer) as tests_failed,
        cast(held_sources.held_since as timestamptz) as held_since,
        cast(held_sources.reason as varchar(1024)) as held_reason,
        cast(publications.published_at as timestamptz) as published_at,
        cast(attempted.status as varchar(16)) as last_build_status,
        cast(attempted.finished_at as timestamptz) as last_build_at
    from sources
    left join source_versions
        on sources.source_system = source_versions.source_system
    left join held_sources
        on sources.source_system = held_sources.source_system
    left join last_publications
        on 1 = 1
    left join publications
        on last_publications.publication_id = publications.publication_id
    left join build_runs as built
        on publications.build_id = built.build_id
    left join last_attempts
        on 1 = 1
    left join build_runs as attempted
        on last_attempts.build_id = attempted.build_id
)

select * from final
