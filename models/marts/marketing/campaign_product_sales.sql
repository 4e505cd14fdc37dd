-- Grain: one of a campaign's own products that was sold to the households compared.
{{ config(indexes=unique_index(['campaign_key', 'product_key'])) }}

{%- set groups = {
    'exposed': 'households.is_exposed', 'unexposed': 'not households.is_exposed'
} %}
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

revenue_lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_revenue
),

-- A product may be on several of a campaign's coupons.
own_products as (
    select
        campaign_key,
        product_key,
        max(product_id) as product_id
    from {{ ref('bridge_coupon_product') }}
    group by campaign_key, product_key
),

window_lines as (
    select
        own_products.campaign_key,
        own_products.product_key,
        own_products.product_id,
        windows.start_date,
        windows.end_date,
        revenue_lines.customer_key,
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
),

-- Summed before households are joined: lines meet few products, but each household many campaigns.
household_sales as (
    select
        campaign_key,
        product_key,
        customer_key,
        max(product_id) as product_id,
        {%- for period, is_in_period in periods.items() %}
        sum(case when {{ is_in_period }} then net_amount else 0 end) as {{ period }}_amount
        {{- "," if not loop.last }}
        {%- endfor %}
    from window_lines
    group by campaign_key, product_key, customer_key
),

product_sales as (
    select
        household_sales.campaign_key,
        household_sales.product_key,
        max(household_sales.product_id) as product_id,
        {%- for group, is_of_group in groups.items() %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        sum(
            case when {{ is_of_group }} then household_sales.{{ period }}_amount else 0 end
        ) as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from household_sales
    inner join households
        on
            household_sales.campaign_key = households.campaign_key
            and household_sales.customer_key = households.customer_key
    group by household_sales.campaign_key, household_sales.product_key
),

final as (
    select
        windows.source_system,
        product_sales.campaign_key,
        windows.campaign_id,
        product_sales.product_key,
        cast(product_sales.product_id as varchar(256)) as product_id,
        {%- for group in groups %}
        {%- set last_group = loop.last %}
        {%- for period in periods %}
        cast(product_sales.{{ group }}_{{ period }}_amount as numeric(18, 4))
            as {{ group }}_{{ period }}_amount
        {{- "," if not (last_group and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    from product_sales
    inner join windows
        on product_sales.campaign_key = windows.campaign_key
)

select * from final
