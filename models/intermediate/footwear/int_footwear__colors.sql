-- Grain: one color.
with colors as (
    select * from {{ ref('stg_footwear__colors') }}
),

-- Should a colour stand in the file twice, the last line holds.
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
