-- Grain: one of a campaign's own products that was sold to its exposed, or unexposed, households.
{{ config(indexes=unique_index(['campaign_key', 'product_key', 'is_exposed'])) }}

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
            and windows.before_start_date <= revenue_lines.order_date
            and windows.after_end_date >= revenue_lines.order_date
),

-- Summed before households are joined: lines meet few products, but each household many campaigns.
household_sales as (
    select
        campaign_key,
        product_key,
        customer_key,
        max(product_id) as product_id,
        sum(case when order_date < start_date then net_amount else 0 end) as before_amount,
        sum(case when order_date between start_date and end_date then net_amount else 0 end)
            as during_amount,
        sum(case when order_date > end_date then net_amount else 0 end) as after_amount
    from window_lines
    group by campaign_key, product_key, customer_key
),

product_sales as (
    select
        household_sales.campaign_key,
        household_sales.product_key,
        households.is_exposed,
        max(household_sales.product_id) as product_id,
        sum(household_sales.before_amount) as before_amount,
        sum(household_sales.during_amount) as during_amount,
        sum(household_sales.after_amount) as after_amount
    from household_sales
    inner join households
        on
            household_sales.campaign_key = households.campaign_key
            and household_sales.customer_key = households.customer_key
    group by
        household_sales.campaign_key,
        household_sales.product_key,
        households.is_exposed
),

final as (
    select
        windows.source_system,
        product_sales.campaign_key,
        windows.campaign_id,
        product_sales.product_key,
        cast(product_sales.product_id as varchar(256)) as product_id,
        product_sales.is_exposed,
        cast(product_sales.before_amount as numeric(18, 4)) as before_amount,
        cast(product_sales.during_amount as numeric(18, 4)) as during_amount,
        cast(product_sales.after_amount as numeric(18, 4)) as after_amount
    from product_sales
    inner join windows
        on product_sales.campaign_key = windows.campaign_key
)

select * from final
