-- The ten members who spent most, by name: run it as pii_reader. Members who are in no file
-- has no name.
-- Without names the same is in customer_rfm: order by monetary_amount.
with members as (
    select * from {{ ref('members') }}
),

places as (
    select
        *,
        row_number() over (
            partition by source_system, currency_code
            order by revenue_amount desc, customer_id asc
        ) as place
    from members
    where revenue_amount > 0
)

select
    place,
    first_name,
    last_name,
    customer_id,
    order_count,
    revenue_amount,
    currency_code
from places
where place <= 10
order by
    source_system,
    currency_code,
    place
