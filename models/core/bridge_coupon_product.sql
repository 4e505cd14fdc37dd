-- Grain: one product that one coupon of one campaign is good for.
{{
    config(
        indexes=unique_index(['product_key', 'campaign_key', 'coupon_key'])
            + index(['campaign_key', 'product_key'])
    )
}}

with coupon_products as (
    {{ union_sources('coupon_products') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'coupon_id') }} as coupon_key,
        {{ surrogate_key('source_system', 'campaign_id') }} as campaign_key,
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        source_system,
        coupon_id,
        campaign_id,
        product_id
    from coupon_products
)

select * from final
{{ kept_rows() }}
