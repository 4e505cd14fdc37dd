-- Grain: one of a campaign's own products that one customer bought on the days compared.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['product_key', 'customer_key', 'campaign_key']),
        meta={
            'only_from': entity_sources('campaigns'),
            'rebuilt_by': ['product_key', 'customer_key'],
            'after': ['fct_order_lines', 'campaign_products', 'reporting_rates']
        }
    )
}}

with campaign_products as (
    select * from {{ ref('campaign_products') }}
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
    from {{ touched(ref('fct_order_lines')) }}
    where is_revenue
    {{ read_once() }}  -- noqa: AM09
),

measured_lines as (
    select
        campaign_products.campaign_key,
        campaign_products.product_key,
        campaign_products.start_date,
        campaign_products.end_date,
        revenue_lines.customer_key,
        revenue_lines.order_date,
        {{ measured(
            'revenue_lines.net_amount',
            'revenue_lines.net_amount * rates.reporting_factor',
            'campaign_products'
        ) }} as net_amount,
        {{ measured(
            'revenue_lines.currency_code', 'campaign_products.currency_code', 'campaign_products'
        ) }} as currency_code
    from revenue_lines
    inner join campaign_products
        on
            revenue_lines.product_key = campaign_products.product_key
            and revenue_lines.order_date >= campaign_products.before_start_date
            and revenue_lines.order_date <= campaign_products.after_end_date
    left join {{ ref('reporting_rates') }} as rates
        on
            campaign_products.is_converted
            and revenue_lines.currency_code = rates.currency_code
            and revenue_lines.order_date >= rates.valid_from
            and revenue_lines.order_date < rates.valid_to
),

purchases as (
    select
        campaign_key,
        product_key,
        customer_key,
        max(currency_code) as currency_code,
        sum(case when order_date < start_date then net_amount else 0 end) as before_sum,
        sum(case when order_date between start_date and end_date then net_amount else 0 end)
            as during_sum,
        sum(case when order_date > end_date then net_amount else 0 end) as after_sum
    from measured_lines
    group by campaign_key, product_key, customer_key
),

final as (
    select
        campaign_key,
        product_key,
        customer_key,
        cast(before_sum as numeric(38, 14)) as before_unrounded,
        cast(during_sum as numeric(38, 14)) as during_unrounded,
        cast(after_sum as numeric(38, 14)) as after_unrounded,
        cast(currency_code as varchar(3)) as currency_code
    from purchases
)

select * from final
