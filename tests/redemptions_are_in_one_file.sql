{{ config(severity='warn', enabled='grocery' in var('source_systems')) }}

select
    coupon_id,
    campaign_id,
    customer_id,
    redeemed_date,
    min(load_id) as first_load_id,
    max(load_id) as last_load_id,
    count(*) as stated_rows
from {{ ref('stg_grocery__coupon_redemptions') }}
group by coupon_id, campaign_id, customer_id, redeemed_date
having min(load_id) < max(load_id)
