-- Grain: one supplier.
with suppliers as (
    select * from {{ ref('stg_footwear__suppliers') }}
),

-- If a supplier is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by supplier_id
            order by load_id desc, file_line desc
        ) as newest_first
    from suppliers
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        supplier_id,
        supplier_name
    from ranked
    where newest_first = 1
)

select * from final
