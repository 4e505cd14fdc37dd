-- Grain: one coupon of one source, and the unknown coupon of each source that has coupons.
{{ config(indexes=unique_index(['coupon_key'])) }}

with coupons as (
    {{ union_sources('coupons') }}
),

sources as (
    {{ rows_of_sources('coupons') }}
),

seen as (
    select
        source_system,
        coupon_id
    from {{ ref('fct_coupon_redemptions') }}
    group by source_system, coupon_id
    union all
    select
        source_system,
        coupon_id
    from {{ ref('bridge_coupon_product') }}
    group by source_system, coupon_id
),

members as (
    select
        source_system,
        coupon_id
    from coupons
    union
    select
        source_system,
        coupon_id
    from seen
    union
    select
        source_system,
        cast(null as varchar(256)) as coupon_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.coupon_id') }} as coupon_key,
        members.source_system,
        members.coupon_id,
        members.coupon_id is not null and coupons.coupon_id is null as is_inferred,
        members.coupon_id is null as is_unknown
    from members
    left join coupons
        on
            members.source_system = coupons.source_system
            and members.coupon_id = coupons.coupon_id
)

select * from final
{{ kept_rows() }}
