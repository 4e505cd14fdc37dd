-- Grain: one product.
with products as (
    select * from {{ ref('stg_grocery__products') }}
),

-- If a product is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by product_id
            order by load_id desc, file_line desc
        ) as newest_first
    from products
),

-- The panel names no product: its kind and package replace a name.
final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        product_id,
        sub_commodity || coalesce(', ' || trim(size), '') as product_name,
        brand,
        manufacturer,
        department,
        commodity as category,
        sub_commodity as subcategory,
        size,
        cast(null as numeric(18, 4)) as list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id
    from ranked
    where newest_first = 1
)

select * from final
