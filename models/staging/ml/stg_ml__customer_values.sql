with source as (
    select * from {{ source('ml', 'customer_values') }}
),

renamed as (
    select
        run_id,
        source_system,
        customer_id,
        probability_alive,
        expected_purchases_90_days,
        expected_value_90_days,
        value_90_days_p10,
        value_90_days_p50,
        value_90_days_p90,
        expected_purchases_365_days,
        expected_value_365_days,
        value_365_days_p10,
        value_365_days_p50,
        value_365_days_p90
    from source
)

select * from renamed
