-- Customers are ranked by money within their source: without one currency there is no ranking.
with customer_days as (
    select * from {{ ref('customer_days') }}
    where customer_id is not null
),

final as (
    select
        source_system,
        min(currency_code) as one_currency,
        max(currency_code) as another_currency
    from customer_days
    group by source_system
    having min(currency_code) <> max(currency_code)
)

select * from final
