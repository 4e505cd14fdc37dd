-- Grain: one product at one location.
with inventory as (
    select * from {{ ref('stg_electronics__inventory') }}
),

-- If a product is at one location twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by location, product_id
            order by load_id desc, file_line desc
        ) as newest_first
    from inventory
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        location,
        product_id,
        cast(quantity as numeric(18, 4)) as quantity,
        load_id
    from ranked
    where newest_first = 1
)

select * from final
