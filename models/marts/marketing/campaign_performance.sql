-- Grain: one campaign. Averages do not add up over campaigns, nor do households.
{{ config(indexes=unique_index(['campaign_key'])) }}

{%- set groups = {'exposed': 'is_exposed', 'unexposed': 'not is_exposed'} %}
{%- set periods = ['before', 'during', 'after'] %}

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
        max(currency_code) as currency_code,
        sum(case when is_exposed then 1 else 0 end) as exposed_households,
        sum(case when is_exposed then 0 else 1 end) as unexposed_households,
        {%- for group, is_of_group in groups.items() %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        sum(case when {{ is_of_group }} then {{ period }}_amount else 0 end)
            as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('campaign_households') }}
    group by campaign_key
),

own_products as (
    select
        campaign_key,
        {%- for group in groups %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        sum({{ group }}_{{ period }}_amount) as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('campaign_product_sales') }}
    group by campaign_key
),

redemptions as (
    select
        campaign_key,
        count(*) as redemptions,
        count(distinct customer_key) as households_redeeming
    from {{ ref('fct_coupon_redemptions') }}
    group by campaign_key
),

final as (
    select
        campaigns.campaign_key,
        campaigns.source_system,
        campaigns.campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        cast(windows.during_days as integer) as during_days,
        cast(coalesce(windows.is_fully_observed, false) as boolean) as is_fully_observed,
        cast(households.currency_code as varchar(3)) as currency_code,
        cast(coalesce(households.exposed_households, 0) as integer) as households_mailed,
        cast(coalesce(redemptions.households_redeeming, 0) as integer) as households_redeeming,
        cast(coalesce(redemptions.redemptions, 0) as integer) as redemptions,
        cast(
            cast(coalesce(redemptions.households_redeeming, 0) as double precision)
            / nullif(households.exposed_households, 0) as double precision
        ) as redemption_rate,
        cast(coalesce(households.unexposed_households, 0) as integer) as unexposed_households,
        {%- for group in groups %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        {{ household_day_average(
            'households.' ~ group ~ '_' ~ period ~ '_amount',
            'households.' ~ group ~ '_households',
            'windows.' ~ period ~ '_days',
        ) }} as {{ group }}_daily_sales_{{ period }},
        {%- endfor %}
        {%- for period in periods %}
        {{ household_day_average(
            'coalesce(own_products.' ~ group ~ '_' ~ period ~ '_amount, 0)',
            'households.' ~ group ~ '_households',
            'windows.' ~ period ~ '_days',
        ) }} as {{ group }}_own_daily_sales_{{ period }}
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from campaigns
    left join windows
        on campaigns.campaign_key = windows.campaign_key
    left join households
        on campaigns.campaign_key = households.campaign_key
    left join own_products
        on campaigns.campaign_key = own_products.campaign_key
    left join redemptions
        on campaigns.campaign_key = redemptions.campaign_key
)

select * from final
