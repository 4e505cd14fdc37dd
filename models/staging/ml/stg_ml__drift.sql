with source as (
    select * from {{ source('ml', 'drift') }}
),

renamed as (
    select
        run_id,
        subject,
        feature_name,
        population_stability,
        outside_range_rate,
        training_row_count,
        scored_row_count
    from source
)

select * from renamed
