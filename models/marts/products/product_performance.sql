-- Grain: one product in one currency, over all stores, revenue lines only. Orders and customers do
-- not add up over products.
{{ config(indexes=unique_index(['product_key', 'currency_code'])) }}

with unidentified_customers as (
    select customer_key
    from {{ ref('dim_customer') }}
    where customer_id is null
),

product_sales as (
    select
        customer_products.product_key,
        customer_products.currency_code,
        sum(customer_products.quantity) as quantity,
        sum(customer_products.net_amount) as net_amount,
        {{ sum_if_all_known('customer_products.net_reporting_unrounded') }}
            as net_reporting_unrounded,
        sum(customer_products.orders) as orders,
        sum(case when unidentified_customers.customer_key is null then 1 else 0 end) as customers
    from {{ ref('customer_products') }} as customer_products
    left join unidentified_customers
        on customer_products.customer_key = unidentified_customers.customer_key
    group by
        customer_products.product_key,
        customer_products.currency_code
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
            when product_sales.net_reporting_unrounded is not null
                then {{ reporting_currency() }}
        end as reporting_currency_code,
        cast(product_sales.net_reporting_unrounded as numeric(18, 4)) as net_reporting_amount,
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
