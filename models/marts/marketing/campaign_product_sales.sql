-- Grain: one of a campaign's own products that was sold to its exposed, or unexposed, households.
{{ config(indexes=unique_index(['campaign_key', 'product_key', 'is_exposed'])) }}

with windows as (
    select * from {{ ref('campaign_windows') }}
),

households as (
    select * from {{ ref('campaign_households') }}
),

-- Read once from start to end: by the index on products PostgreSQL would fetch most
-- lines several times, since it takes a campaign's products to be few.
revenue_lines as (
    select
        customer_key,
        product_key,
        order_date,
        net_amount,
        currency_code
    from {{ ref('fct_order_lines') }}
    where is_revenue
    {{ read_once() }}  -- noqa: AM09
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
        {{ measured(
            'revenue_lines.net_amount',
            'revenue_lines.net_amount * rates.reporting_factor',
            'windows'
        ) }} as net_amount,
        {{ measured('revenue_lines.currency_code', 'windows.currency_code', 'windows') }}
            as currency_code
    from revenue_lines
    inner join own_products
        on revenue_lines.product_key = own_products.product_key
    inner join windows
        on
            own_products.campaign_key = windows.campaign_key
            and windows.before_start_date <= revenue_lines.order_date
            and windows.after_end_date >= revenue_lines.order_date
    left join {{ ref('reporting_rates') }} as rates
        on
            windows.is_converted
            and revenue_lines.currency_code = rates.currency_code
            and revenue_lines.order_date >= rates.valid_from
            and revenue_lines.order_date < rates.valid_to
),

product_sales as (
    select
        window_lines.campaign_key,
        window_lines.product_key,
        households.is_exposed,
        max(window_lines.product_id) as product_id,
        max(window_lines.currency_code) as currency_code,
        sum(
            case
                when window_lines.order_date < window_lines.start_date
                    then window_lines.net_amount
                else 0
            end
        ) as before_amount,
        sum(
            case
                when
                    window_lines.order_date between window_lines.start_date
                    and window_lines.end_date
                    then window_lines.net_amount
                else 0
            end
        ) as during_amount,
        sum(
            case
                when window_lines.order_date > window_lines.end_date
                    then window_lines.net_amount
                else 0
            end
        ) as after_amount
    from window_lines
    inner join households
        on
            window_lines.campaign_key = households.campaign_key
            and window_lines.customer_key = households.customer_key
    group by
        window_lines.campaign_key,
        window_lines.product_key,
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
        cast(product_sales.after_amount as numeric(18, 4)) as after_amount,
        cast(product_sales.currency_code as varchar(3)) as currency_code
    from product_sales
    inner join windows
        on product_sales.campaign_key = windows.campaign_key
)

select * from final
