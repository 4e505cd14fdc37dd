-- The three items bought most often by quantity, for each source; returns are taken off.
with products as (
    select * from {{ ref('product_performance') }}
),

names as (
    select * from {{ ref('dim_product') }}
),

totals as (
    select
        products.source_system,
        products.product_key,
        products.product_id,
        max(names.product_name) as product_name,
        sum(products.quantity) as quantity
    from products
    inner join names
        on products.product_key = names.product_key
    group by products.source_system, products.product_key, products.product_id
),

places as (
    select
        *,
        row_number() over (
            partition by source_system
            order by quantity desc, product_id asc
        ) as place
    from totals
)

select
    source_system,
    place,
    product_id,
    product_name,
    quantity
from places
where place <= 3
order by
    source_system,
    place
