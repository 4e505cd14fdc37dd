-- Grain: one product.
with items as (
    select * from {{ ref('stg_ecommerce__items') }}
),

-- If an item is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by product_id
            order by load_id desc, file_line desc
        ) as newest_first
    from items
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        product_id,
        product_name,
        cast(null as varchar(512)) as brand,
        manufacturer,
        cast(null as varchar(512)) as department,
        cast(null as varchar(512)) as category,
        cast(null as varchar(512)) as subcategory,
        cast(null as varchar(512)) as size,
        list_price,
        cast(null as numeric(18, 4)) as unit_cost,
        weight_kg,
        cast(null as varchar(256)) as supplier_id
    from ranked
    where newest_first = 1
)

select * from final
