-- Grain: one grocery household on one day, over the lines that the household summary counts.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['customer_key', 'order_date']),
        meta={
            'only_from': ['grocery'],
            'rebuilt_by': ['customer_key', 'order_date'],
            'after': ['fct_orders', 'product_sections']
        }
    )
}}

-- The days 101 to 708 of the panel.
with baskets as (
    select
        order_key,
        customer_key,
        customer_id,
        order_date
    from {{ touched(ref('fct_orders')) }}
    where
        source_system = 'grocery'
        and customer_id is not null
        and order_date >= cast('2004-07-01' as date)
        and order_date <= cast('2006-02-28' as date)
),

sold_lines as (
    select
        order_key,
        product_key,
        net_amount
    from {{ ref('fct_order_lines') }}
    where
        quantity > 0
        and net_amount > 0
),

products as (
    select * from {{ ref('product_sections') }}
),

final as (
    select
        baskets.customer_key,
        cast(baskets.customer_id as bigint) as household_key,
        baskets.order_date,
        cast(count(distinct baskets.order_key) as integer) as baskets,
        {%- for section in household_sections() %}
        cast(
            sum(case when products.section = '{{ section }}' then sold_lines.net_amount else 0 end)
            as numeric(18, 4)
        ) as {{ section }},
        {%- endfor %}
        cast(sum(sold_lines.net_amount) as numeric(18, 4)) as total_sales
    from baskets
    inner join sold_lines
        on baskets.order_key = sold_lines.order_key
    inner join products
        on sold_lines.product_key = products.product_key
    group by
        baskets.customer_key,
        cast(baskets.customer_id as bigint),
        baskets.order_date
)

select * from final
