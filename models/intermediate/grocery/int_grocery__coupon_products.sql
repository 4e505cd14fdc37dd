-- Grain: one coupon, campaign and product that it is for.
-- The file repeats rows exactly; a repetition says nothing new.
with coupons as (
    select * from {{ ref('stg_grocery__coupons') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        coupon_id,
        campaign_id,
        product_id
    from coupons
    group by coupon_id, campaign_id, product_id
)

select * from final
