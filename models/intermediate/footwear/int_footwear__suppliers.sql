-- Grain: one supplier.
with suppliers as (
    select * from {{ ref('stg_footwear__suppliers') }}
),

-- Should a supplier stand in the file twice, the last line holds.
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
        'footwear' as source_system,
        supplier_id,
        supplier_name
    from ranked
    where newest_first = 1
)

select * from final
