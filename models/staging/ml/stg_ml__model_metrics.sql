with source as (
    select * from {{ source('ml', 'model_metrics') }}
),

renamed as (
    select
        run_id,
        data_part,
        predictor,
        group_name,
        group_value,
        metric,
        metric_value,
        interval_low,
        interval_high,
        row_count
    from source
)

select * from renamed
