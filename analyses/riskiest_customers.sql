-- The ten riskiest customers of each source and risk type, and why.
with ranked as (
    select
        source_system,
        risk_type,
        customer_id,
        probability,
        risk_tier,
        reason_1,
        reason_2,
        reason_3,
        is_outside_training_range,
        horizon_days,
        as_of_date,
        row_number() over (
            partition by source_system, risk_type
            order by probability desc, customer_id asc
        ) as place
    from {{ ref('customer_risk') }}
)

select
    ranked.source_system,
    ranked.risk_type,
    ranked.place,
    ranked.customer_id,
    ranked.probability,
    ranked.risk_tier,
    ranked.reason_1,
    ranked.reason_2,
    ranked.reason_3,
    ranked.is_outside_training_range,
    customers.monetary_amount,
    customers.currency_code,
    customers.rfm_segment,
    ranked.horizon_days,
    ranked.as_of_date
from ranked
left join {{ ref('customer_rfm') }} as customers
    on
        ranked.source_system = customers.source_system
        and ranked.customer_id = customers.customer_id
where ranked.place <= 10
order by
    ranked.source_system,
    ranked.risk_type,
    ranked.place
