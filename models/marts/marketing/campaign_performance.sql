-- Grain: one campaign. Averages do not add up over campaigns, nor do households.
{{
    config(
        indexes=unique_index(['campaign_key']),
        meta={'only_from': entity_sources('campaigns')}
    )
}}

with campaigns as (
    select * from {{ ref('dim_campaign') }}
    where not is_unknown
),

windows as (
    select * from {{ ref('campaign_windows') }}
),

households as (
    select
        campaign_key,
        is_exposed,
        count(*) as households,
        max(currency_code) as currency_code,
        sum(before_amount) as before_amount,
        sum(during_amount) as during_amount,
        sum(after_amount) as after_amount
    from {{ ref('campaign_households') }}
    group by campaign_key, is_exposed
),

own_products as (
    select
        campaign_key,
        is_exposed,
        sum(before_amount) as before_amount,
        sum(during_amount) as during_amount,
        sum(after_amount) as after_amount
    from {{ ref('campaign_product_sales') }}
    group by campaign_key, is_exposed
),

redemptions as (
    select
        campaign_key,
        count(*) as redemptions,
        count(distinct customer_key) as households_redeeming
    from {{ ref('fct_coupon_redemptions') }}
    group by campaign_key
),

averages as (
    select
        households.campaign_key,
        households.is_exposed,
        households.households,
        households.currency_code,
        {{ household_day_average(
            'households.before_amount',
            'households.households',
            'windows.before_days'
        ) }} as daily_sales_before,
        {{ household_day_average(
            'households.during_amount',
            'households.households',
            'windows.during_days'
        ) }} as daily_sales_during,
        {{ household_day_average(
            'households.after_amount',
            'households.households',
            'windows.after_days'
        ) }} as daily_sales_after,
        {{ household_day_average(
            'coalesce(own_products.before_amount, 0)',
            'households.households',
            'windows.before_days'
        ) }} as own_daily_sales_before,
        {{ household_day_average(
            'coalesce(own_products.during_amount, 0)',
            'households.households',
            'windows.during_days'
        ) }} as own_daily_sales_during,
        {{ household_day_average(
            'coalesce(own_products.after_amount, 0)',
            'households.households',
            'windows.after_days'
        ) }} as own_daily_sales_after
    from households
    left join windows
        on households.campaign_key = windows.campaign_key
    left join own_products
        on
            households.campaign_key = own_products.campaign_key
            and households.is_exposed = own_products.is_exposed
),

exposed as (
    select * from averages
    where is_exposed
),

unexposed as (
    select * from averages
    where not is_exposed
),

final as (
    select
        campaigns.campaign_key,
        campaigns.source_system,
        campaigns.campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        windows.during_days,
        cast(coalesce(windows.is_fully_observed, false) as boolean) as is_fully_observed,
        cast(coalesce(exposed.currency_code, unexposed.currency_code) as varchar(3))
            as currency_code,
        cast(coalesce(exposed.households, 0) as integer) as households_mailed,
        cast(coalesce(redemptions.households_redeeming, 0) as integer) as households_redeeming,
        cast(coalesce(redemptions.redemptions, 0) as integer) as redemptions,
        cast(
            cast(coalesce(redemptions.households_redeeming, 0) as double precision)
            / exposed.households as double precision
        ) as redemption_rate,
        cast(coalesce(unexposed.households, 0) as integer) as unexposed_households,
        exposed.daily_sales_before as exposed_daily_sales_before,
        exposed.daily_sales_during as exposed_daily_sales_during,
        exposed.daily_sales_after as exposed_daily_sales_after,
        exposed.own_daily_sales_before as exposed_own_daily_sales_before,
        exposed.own_daily_sales_during as exposed_own_daily_sales_during,
        exposed.own_daily_sales_after as exposed_own_daily_sales_after,
        unexposed.daily_sales_before as unexposed_daily_sales_before,
        unexposed.daily_sales_during as unexposed_daily_sales_during,
        unexposed.daily_sales_after as unexposed_daily_sales_after,
        unexposed.own_daily_sales_before as unexposed_own_daily_sales_before,
        unexposed.own_daily_sales_during as unexposed_own_daily_sales_during,
        unexposed.own_daily_sales_after as unexposed_own_daily_sales_after
    from campaigns
    left join windows
        on campaigns.campaign_key = windows.campaign_key
    left join exposed
        on campaigns.campaign_key = exposed.campaign_key
    left join unexposed
        on campaigns.campaign_key = unexposed.campaign_key
    left join redemptions
        on campaigns.campaign_key = redemptions.campaign_key
)

select * from final
