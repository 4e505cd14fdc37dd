-- Grain: one color.
with colors as (
    select * from {{ ref('stg_footwear__colors') }}
),

-- If a colour is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by color_id
            order by load_id desc, file_line desc
        ) as newest_first
    from colors
),

final as (
    select
        color_id,
        color_name
    from ranked
    where newest_first = 1
)

select * from final
