-- Grain: one of a campaign's own products that was sold to the households compared.
{{ config(indexes=unique_index(['campaign_key', 'product_key'])) }}

{%- set groups = {'exposed': 'is_exposed', 'unexposed': 'not is_exposed'} %}
{%- set periods = {
    'before': 'order_date < start_date',
    'during': 'order_date between start_date and end_date',
    'after': 'order_date > end_date',
} %}

with windows as (
    select * from {{ ref('campaign_windows') }}
),

households as (
    select * from {{ ref('campaign_households') }}
),

-- A product may be on several of a campaign's coupons.
own_products as (
    select
        campaign_key,
        product_key,
        product_id
    from {{ ref('bridge_coupon_product') }}
    group by campaign_key, product_key, product_id
),

revenue_lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_revenue
),

own_sales as (
    select
        windows.source_system,
        windows.campaign_key,
        windows.campaign_id,
        windows.start_date,
        windows.end_date,
        own_products.product_key,
        own_products.product_id,
        households.is_exposed,
        revenue_lines.order_date,
        revenue_lines.net_amount
    from revenue_lines
    inner join own_products
        on revenue_lines.product_key = own_products.product_key
    inner join windows
        on
            own_products.campaign_key = windows.campaign_key
            and revenue_lines.order_date between
                windows.before_start_date and windows.after_end_date
    inner join households
        on
            windows.campaign_key = households.campaign_key
            and revenue_lines.customer_key = households.customer_key
),

final as (
    select
        source_system,
        campaign_key,
        campaign_id,
        product_key,
        product_id,
        {%- for group, is_of_group in groups.items() %}
        {%- set last_group = loop.last %}
        {%- for period, is_in_period in periods.items() %}
        cast(
            sum(
                case when {{ is_of_group }} and {{ is_in_period }} then net_amount else 0 end
            ) as numeric(18, 4)
        ) as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from own_sales
    group by source_system, campaign_key, campaign_id, product_key, product_id
)

select * from final
