-- Grain: one product.
-- The tills have no master of products: what was sold is the master, its last price the list price.
-- The name of a product is `[Size ]Name[ - Flavour]`.
with ticket_products as (
    select * from {{ ref('int_cafe__ticket_products') }}
),

sizes as (
    select * from {{ ref('int_cafe__sizes') }}
),

product_days as (
    select
        product_id,
        cast(ordered_at as date) as order_date,
        max(price) as list_price
    from ticket_products
    group by product_id, cast(ordered_at as date)
),

ranked as (
    select
        *,
        row_number() over (partition by product_id order by order_date desc) as newest_first
    from product_days
),

products as (
    select
        product_id,
        list_price
    from ranked
    where newest_first = 1
),

sized as (
    select
        products.product_id,
        products.list_price,
        sizes.size,
        case
            when sizes.size is null then products.product_id
            else substring(products.product_id from length(sizes.size) + 2)
        end as name_and_flavour
    from products
    left join sizes
        on split_part(products.product_id, ' ', 1) = sizes.size
),

named as (
    select
        *,
        split_part(name_and_flavour, ' - ', 1) as name
    from sized
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        product_id,
        product_id as product_name,
        cast(null as varchar(512)) as brand,
        cast(null as varchar(512)) as manufacturer,
        cast(null as varchar(512)) as department,
        nullif(name, '') as category,
        nullif(substring(name_and_flavour from length(name) + 4), '') as subcategory,
        size,
        cast(list_price as numeric(18, 4)) as list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id
    from named
)

select * from final
