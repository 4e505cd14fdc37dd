-- Grain: one product.
-- Products have no names: kind and number replace them.
with products as (
    select * from {{ ref('stg_electronics__products') }}
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

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        product_id,
        product_type || ' ' || product_id as product_name,
        cast(null as varchar(512)) as brand,
        cast(null as varchar(512)) as manufacturer,
        cast(null as varchar(512)) as department,
        product_type as category,
        cast(null as varchar(512)) as subcategory,
        cast(null as varchar(512)) as size,
        list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id
    from ranked
    where newest_first = 1
)

select * from final
