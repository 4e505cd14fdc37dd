-- Grain: one product in one currency, over all stores, revenue lines only. Orders and customers do
-- not add up over products.
{{ config(indexes=unique_index(['product_key', 'currency_code'])) }}

with product_sales as (
    {{ product_sales(['product_key', 'currency_code']) }}
),

products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        products.source_system,
        product_sales.product_key,
        products.product_id,
        products.product_name,
        products.department,
        products.category,
        product_sales.currency_code,
        cast(product_sales.quantity as numeric(18, 4)) as quantity,
        cast(product_sales.net_amount as numeric(18, 4)) as net_amount,
        case
            when product_sales.net_reporting_amount is not null
                then cast({{ reporting_currency() }} as varchar(3))
        end as reporting_currency_code,
        cast(product_sales.net_reporting_amount as numeric(18, 4)) as net_reporting_amount,
        cast(product_sales.orders as integer) as orders,
        cast(product_sales.customers as integer) as customers,
        cast(
            row_number() over (
                partition by products.source_system, product_sales.currency_code
                order by
                    product_sales.net_amount desc,
                    product_sales.quantity desc,
                    products.product_id asc
            ) as integer
        ) as net_rank,
        cast(
            row_number() over (
                partition by products.source_system, product_sales.currency_code
                order by
                    product_sales.quantity desc,
                    product_sales.net_amount desc,
                    products.product_id asc
            ) as integer
        ) as quantity_rank
    from product_sales
    inner join products
        on product_sales.product_key = products.product_key
)

select * from final
