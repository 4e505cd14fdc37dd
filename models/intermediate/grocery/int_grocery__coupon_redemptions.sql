-- Grain: one redemption of a coupon.
-- A household may redeem a coupon several times a day: redemption_number separates them. What
-- several files say alike is one redemption.
with redemptions as (
    select * from {{ ref('stg_grocery__coupon_redemptions') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by load_id, coupon_id, campaign_id, customer_id, redeemed_date
            order by file_line
        ) as redemption_number
    from redemptions
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        coupon_id,
        campaign_id,
        customer_id,
        redeemed_date,
        redemption_number,
        min(load_id) as load_id
    from numbered
    group by coupon_id, campaign_id, customer_id, redeemed_date, redemption_number
)

select * from final
