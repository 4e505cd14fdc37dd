-- Grain: one coupon of one campaign: a coupon may be sent with several. Averages and households do
-- not add up over coupons.
{{
    config(
        indexes=unique_index(['coupon_key', 'campaign_key']) + index(['campaign_key'])
    )
}}

with campaigns as (
    select * from {{ ref('campaign_performance') }}
),

windows as (
    select * from {{ ref('campaign_windows') }}
),

coupon_products as (
    select * from {{ ref('bridge_coupon_product') }}
    where coupon_id is not null
),

sent as (
    select
        coupon_key,
        campaign_key,
        max(coupon_id) as coupon_id,
        count(*) as products
    from coupon_products
    group by coupon_key, campaign_key
),

redeemed as (
    select
        coupon_key,
        campaign_key,
        max(coupon_id) as coupon_id,
        count(*) as redemptions,
        count(distinct customer_key) as households_redeeming
    from {{ ref('fct_coupon_redemptions') }}
    where coupon_id is not null
    group by coupon_key, campaign_key
),

-- A coupon may be redeemed that no file says was sent.
coupons as (
    select
        coalesce(sent.coupon_key, redeemed.coupon_key) as coupon_key,
        coalesce(sent.campaign_key, redeemed.campaign_key) as campaign_key,
        coalesce(sent.coupon_id, redeemed.coupon_id) as coupon_id,
        coalesce(sent.products, 0) as products,
        coalesce(redeemed.redemptions, 0) as redemptions,
        coalesce(redeemed.households_redeeming, 0) as households_redeeming
    from sent
    full outer join redeemed
        on
            sent.coupon_key = redeemed.coupon_key
            and sent.campaign_key = redeemed.campaign_key
),

own_products as (
    select
        coupon_products.coupon_key,
        coupon_products.campaign_key,
        product_sales.is_exposed,
        sum(product_sales.before_amount) as before_amount,
        sum(product_sales.during_amount) as during_amount,
        sum(product_sales.after_amount) as after_amount
    from coupon_products
    inner join {{ ref('campaign_product_sales') }} as product_sales
        on
            coupon_products.campaign_key = product_sales.campaign_key
            and coupon_products.product_key = product_sales.product_key
    group by
        coupon_products.coupon_key,
        coupon_products.campaign_key,
        product_sales.is_exposed
),

exposed as (
    select * from own_products
    where is_exposed
),

unexposed as (
    select * from own_products
    where not is_exposed
),

final as (
    select
        coupons.coupon_key,
        coupons.campaign_key,
        campaigns.source_system,
        cast(coupons.coupon_id as varchar(256)) as coupon_id,
        campaigns.campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        campaigns.is_fully_observed,
        campaigns.currency_code,
        cast(coupons.products as integer) as products,
        campaigns.households_mailed,
        cast(coupons.households_redeeming as integer) as households_redeeming,
        cast(coupons.redemptions as integer) as redemptions,
        cast(
            cast(coupons.households_redeeming as double precision)
            / nullif(campaigns.households_mailed, 0) as double precision
        ) as redemption_rate,
        campaigns.unexposed_households,
        campaigns.exposed_daily_sales_before,
        campaigns.exposed_daily_sales_during,
        campaigns.exposed_daily_sales_after,
        {{ household_day_average(
            'coalesce(exposed.before_amount, 0)', 'campaigns.households_mailed', 'windows.before_days'
        ) }} as exposed_own_daily_sales_before,
        {{ household_day_average(
            'coalesce(exposed.during_amount, 0)', 'campaigns.households_mailed', 'windows.during_days'
        ) }} as exposed_own_daily_sales_during,
        {{ household_day_average(
            'coalesce(exposed.after_amount, 0)', 'campaigns.households_mailed', 'windows.after_days'
        ) }} as exposed_own_daily_sales_after,
        campaigns.unexposed_daily_sales_before,
        campaigns.unexposed_daily_sales_during,
        campaigns.unexposed_daily_sales_after,
        {{ household_day_average(
            'coalesce(unexposed.before_amount, 0)', 'campaigns.unexposed_households', 'windows.before_days'
        ) }} as unexposed_own_daily_sales_before,
        {{ household_day_average(
            'coalesce(unexposed.during_amount, 0)', 'campaigns.unexposed_households', 'windows.during_days'
        ) }} as unexposed_own_daily_sales_during,
        {{ household_day_average(
            'coalesce(unexposed.after_amount, 0)', 'campaigns.unexposed_households', 'windows.after_days'
        ) }} as unexposed_own_daily_sales_after
    from coupons
    inner join campaigns
        on coupons.campaign_key = campaigns.campaign_key
    left join windows
        on coupons.campaign_key = windows.campaign_key
    left join exposed
        on
            coupons.coupon_key = exposed.coupon_key
            and coupons.campaign_key = exposed.campaign_key
    left join unexposed
        on
            coupons.coupon_key = unexposed.coupon_key
            and coupons.campaign_key = unexposed.campaign_key
)

select * from final
