-- Grain: one product.
with products as (
    select * from {{ ref('stg_standard__products') }}
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
        cast('standard' as varchar(32)) as source_system,
        product_id,
        product_name,
        brand,
        cast(null as varchar(512)) as manufacturer,
        department,
        category,
        subcategory,
        size,
        cast(null as numeric(18, 4)) as list_price,
        unit_cost,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id
    from ranked
    where newest_first = 1
)

select * from final
