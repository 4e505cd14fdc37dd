-- Grain: one order with a warranty. Amounts are in currency_code and add up only within one
-- currency.
{{
    config(
        indexes=unique_index(['order_key']) + index(['customer_key']),
        meta={'only_from': entity_sources('warranties')}
    )
}}

with warranties as (
    select
        *,
        count(*) over (partition by order_key) as warranty_count
    from {{ ref('fct_warranties') }}
    where has_order
),

orders as (
    select * from {{ ref('fct_orders') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        warranties.source_system,
        warranties.order_key,
        warranties.order_id,
        orders.order_date,
        orders.order_status,
        orders.quantity,
        orders.net_amount,
        warranties.currency_code,
        warranties.customer_key,
        warranties.customer_id,
        customers.segment as customer_segment,
        customers.joined_date,
        warranties.product_key,
        warranties.product_id,
        products.product_name,
        products.category,
        warranties.warranty_key,
        warranties.warranty_id,
        warranties.percentage as warranty_percentage,
        warranties.price_amount as warranty_price_amount,
        warranties.expiration_date as warranty_expiration_date,
        cast(warranties.warranty_count as bigint) as warranty_count
    from warranties
    inner join orders
        on warranties.order_key = orders.order_key
    inner join customers
        on warranties.customer_key = customers.customer_key
    inner join products
        on warranties.product_key = products.product_key
    where warranties.is_valid
)

select * from final
