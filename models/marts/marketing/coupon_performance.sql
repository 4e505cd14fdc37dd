-- Grain: one coupon of one campaign: a coupon may be sent with several. Averages and households do
-- not add up over coupons.
{{
    config(
        indexes=unique_index(['coupon_key', 'campaign_key']) + index(['campaign_key'])
    )
}}

{%- set groups = {'exposed': 'households_mailed', 'unexposed': 'unexposed_households'} %}
{%- set periods = ['before', 'during', 'after'] %}

with campaigns as (
    select * from {{ ref('campaign_performance') }}
),

windows as (
    select * from {{ ref('campaign_windows') }}
),

coupon_products as (
    select * from {{ ref('bridge_coupon_product') }}
),

campaign_product_sales as (
    select * from {{ ref('campaign_product_sales') }}
),

sent as (
    select
        coupon_products.coupon_key,
        coupon_products.campaign_key,
        coupon_products.coupon_id,
        count(*) as products,
        {%- for group in groups %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        sum(coalesce(campaign_product_sales.{{ group }}_{{ period }}_amount, 0))
            as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from coupon_products
    left join campaign_product_sales
        on
            coupon_products.campaign_key = campaign_product_sales.campaign_key
            and coupon_products.product_key = campaign_product_sales.product_key
    where coupon_products.coupon_id is not null
    group by
        coupon_products.coupon_key,
        coupon_products.campaign_key,
        coupon_products.coupon_id
),

redeemed as (
    select
        coupon_key,
        campaign_key,
        coupon_id,
        count(*) as redemptions,
        count(distinct customer_key) as households_redeeming
    from {{ ref('fct_coupon_redemptions') }}
    where coupon_id is not null
    group by coupon_key, campaign_key, coupon_id
),

-- A coupon may be redeemed that no file says was sent.
coupons as (
    select
        coalesce(sent.coupon_key, redeemed.coupon_key) as coupon_key,
        coalesce(sent.campaign_key, redeemed.campaign_key) as campaign_key,
        coalesce(sent.coupon_id, redeemed.coupon_id) as coupon_id,
        coalesce(sent.products, 0) as products,
        coalesce(redeemed.redemptions, 0) as redemptions,
        coalesce(redeemed.households_redeeming, 0) as households_redeeming,
        {%- for group in groups %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        coalesce(sent.{{ group }}_{{ period }}_amount, 0) as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from sent
    full outer join redeemed
        on
            sent.coupon_key = redeemed.coupon_key
            and sent.campaign_key = redeemed.campaign_key
),

final as (
    select
        coupons.coupon_key,
        coupons.campaign_key,
        campaigns.source_system,
        coupons.coupon_id,
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
        {%- for group, households in groups.items() %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        campaigns.{{ group }}_daily_sales_{{ period }},
        {%- endfor %}
        {%- for period in periods %}
        {{ household_day_average(
            'coupons.' ~ group ~ '_' ~ period ~ '_amount',
            'campaigns.' ~ households,
            'windows.' ~ period ~ '_days',
        ) }} as {{ group }}_own_daily_sales_{{ period }}
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from coupons
    inner join campaigns
        on coupons.campaign_key = campaigns.campaign_key
    left join windows
        on coupons.campaign_key = windows.campaign_key
)

select * from final
