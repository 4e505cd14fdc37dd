with source as (
    select * from {{ source('ops', 'build_runs') }}
),

renamed as (
    select
        build_id,
        started_at,
        finished_at,
        status,
        models_built,
        tests_passed,
        tests_warned,
        tests_failed,
        fingerprint,
        weekly_fingerprint
    from source
)

select * from renamed
