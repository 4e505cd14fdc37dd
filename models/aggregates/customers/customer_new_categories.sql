-- Grain: one day on which an identified customer bought from categories for the first time.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['customer_key', 'order_date']),
        meta={
            'rebuilt_by': ['customer_key'],
            'after': ['fct_orders', 'product_categories']
        }
    )
}}

with orders as (
    select
        order_key,
        source_system,
        customer_key,
        order_date
    from {{ touched(ref('fct_orders')) }}
    where
        customer_id is not null
        and is_purchase
),

sold_lines as (
    select
        order_key,
        product_key
    from {{ ref('fct_order_lines') }}
    where
        line_type = 'sale'
        and quantity > 0
),

categories as (
    select * from {{ ref('product_categories') }}
),

first_days as (
    select
        min(orders.source_system) as source_system,
        orders.customer_key,
        categories.category_key,
        min(orders.order_date) as order_date
    from orders
    inner join sold_lines
        on orders.order_key = sold_lines.order_key
    inner join categories
        on sold_lines.product_key = categories.product_key
    group by orders.customer_key, categories.category_key
),

final as (
    select
        cast(min(source_system) as varchar(32)) as source_system,
        customer_key,
        cast(order_date as date) as order_date,
        cast(count(*) as integer) as new_categories
    from first_days
    group by customer_key, order_date
)

select * from final
