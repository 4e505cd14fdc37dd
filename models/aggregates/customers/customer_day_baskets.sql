-- Grain: one identified customer on one day in one currency, over the revenue lines of the day's
-- orders.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['customer_key', 'order_date', 'currency_code']),
        meta={
            'rebuilt_by': ['customer_key', 'order_date'],
            'after': ['fct_orders', 'reporting_rates']
        }
    )
}}

with orders as (
    select
        order_key,
        source_system,
        customer_key,
        order_date,
        currency_code
    from {{ touched(ref('fct_orders')) }}
    where customer_id is not null
),

lines as (
    select
        order_key,
        line_type = 'sale' and quantity > 0 as is_sold,
        quantity < 0 as is_returned,
        gross_amount,
        discount_amount,
        net_amount
    from {{ ref('fct_order_lines') }}
    where is_revenue
),

baskets as (
    select
        orders.source_system,
        orders.customer_key,
        orders.order_date,
        orders.currency_code,
        sum(case when lines.is_sold then 1 else 0 end) as sold_lines,
        sum(case when lines.is_sold then lines.gross_amount else 0 end) as gross_amount,
        sum(case when lines.is_sold then lines.discount_amount else 0 end) as discount_amount,
        sum(case when lines.is_returned then 1 else 0 end) as returned_lines,
        sum(case when lines.is_returned then -lines.net_amount else 0 end) as returned_amount
    from orders
    inner join lines
        on orders.order_key = lines.order_key
    group by orders.source_system, orders.customer_key, orders.order_date, orders.currency_code
),

factors as (
    {{ reporting_factors('baskets') }}
),

final as (
    select
        baskets.source_system,
        baskets.customer_key,
        baskets.order_date,
        baskets.currency_code,
        cast(baskets.sold_lines as integer) as sold_lines,
        cast(baskets.gross_amount as numeric(18, 4)) as gross_amount,
        cast(baskets.discount_amount as numeric(18, 4)) as discount_amount,
        cast(baskets.returned_lines as integer) as returned_lines,
        cast(baskets.returned_amount as numeric(18, 4)) as returned_amount,
        {{ reporting_amount('baskets.gross_amount', 'factors') }} as gross_reporting_amount,
        {{ reporting_amount('baskets.discount_amount', 'factors') }} as discount_reporting_amount,
        {{ reporting_amount('baskets.returned_amount', 'factors') }} as returned_reporting_amount
    from baskets
    left join factors
        on
            baskets.currency_code = factors.currency_code
            and baskets.order_date = factors.order_date
)

select * from final
