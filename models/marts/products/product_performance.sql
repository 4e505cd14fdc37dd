-- Grain: one product in one currency, over all stores, revenue lines only. Orders and customers do
-- not add up over products.
{{ config(indexes=unique_index(['product_key', 'currency_code'])) }}

with unidentified_customers as (
    select customer_key
    from {{ ref('dim_customer') }}
    where customer_id is null
),

-- Only what is really converted is looked up for each line.
foreign_days as (
    select
        currency_code,
        order_date
    from {{ ref('sales_daily') }}
    where currency_code <> {{ reporting_currency() }}
),

factors as (
    {{ reporting_factors('foreign_days') }}
),

product_sales as (
    select
        lines.product_key,
        lines.currency_code,
        sum(lines.quantity) as quantity,
        sum(lines.net_amount) as net_amount,
        case
            when lines.currency_code = {{ reporting_currency() }} then sum(lines.net_amount)
            when count(*) = count(factors.reporting_factor)
                then sum(lines.net_amount * factors.reporting_factor)
        end as net_reporting_amount,
        count(distinct lines.order_key) as orders,
        count(
            distinct case
                when unidentified_customers.customer_key is null then lines.customer_key
            end
        ) as customers
    from {{ ref('fct_order_lines') }} as lines
    left join unidentified_customers
        on lines.customer_key = unidentified_customers.customer_key
    left join factors
        on
            lines.currency_code = factors.currency_code
            and lines.order_date = factors.order_date
    where lines.is_revenue
    group by
        lines.product_key,
        lines.currency_code
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
