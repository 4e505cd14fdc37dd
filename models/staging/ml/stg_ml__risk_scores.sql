with source as (
    select * from {{ source('ml', 'risk_scores') }}
),

renamed as (
    select
        run_id,
        source_system,
        customer_id,
        risk_type,
        probability,
        risk_tier,
        has_risk,
        is_outside_training_range,
        reason_1,
        reason_2,
        reason_3
    from source
)

select * from renamed
