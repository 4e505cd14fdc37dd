with source as (
    select * from {{ source('ml', 'model_runs') }}
),

renamed as (
    select
        run_id,
        run_type,
        source_system,
        risk_type,
        status,
        reason,
        model_version,
        algorithm,
        is_separable,
        as_of_date,
        horizon_days,
        data_hash,
        row_count,
        positive_count,
        holdout_row_count,
        random_seed,
        parameters,
        started_at,
        finished_at
    from source
)

select * from renamed
