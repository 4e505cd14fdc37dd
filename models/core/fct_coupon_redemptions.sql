-- Grain: one redemption of a coupon of a campaign by a customer on a day; redemption_number counts
-- those of the same day.
{{
    config(
        indexes=unique_index(
            ['coupon_key', 'campaign_key', 'customer_key', 'redeemed_date', 'redemption_number']
        ) + index(['customer_key'])
    )
}}

with coupon_redemptions as (
    {{ union_sources('coupon_redemptions') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'coupon_id') }} as coupon_key,
        {{ surrogate_key('source_system', 'campaign_id') }} as campaign_key,
        {{ surrogate_key('source_system', 'customer_id') }} as customer_key,
        redeemed_date,
        redemption_number,
        source_system,
        coupon_id,
        campaign_id,
        customer_id,
        load_id
    from coupon_redemptions
)

select * from final
{{ kept_rows() }}
