-- The tills have no master of products: what was sold is the master, its last price the list price.
with ticket_products as (
    select * from {{ ref('int_cafe__ticket_products') }}
),

product_days as (
    select
        product_id,
        size,
        name,
        flavour,
        cast(ordered_at as date) as order_date,
        max(price) as list_price
    from ticket_products
    group by product_id, size, name, flavour, cast(ordered_at as date)
),

ranked as (
    select
        *,
        row_number() over (partition by product_id order by order_date desc) as newest_first
    from product_days
),

final as (
    select
        'cafe' as source_system,
        product_id,
        product_id as product_name,
        cast(null as varchar(512)) as brand,
        cast(null as varchar(512)) as manufacturer,
        cast(null as varchar(512)) as department,
        name as category,
        flavour as subcategory,
        size,
        list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id
    from ranked
    where newest_first = 1
)

select * from final
