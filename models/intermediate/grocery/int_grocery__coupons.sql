-- Grain: one coupon.
with coupons as (
    select * from {{ ref('stg_grocery__coupons') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        coupon_id
    from coupons
    group by coupon_id
)

select * from final
