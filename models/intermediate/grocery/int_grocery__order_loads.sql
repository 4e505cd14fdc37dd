-- Grain: one order and one load that has rows of it.
with lines as (
    select * from {{ ref('stg_grocery__transactions') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        order_id,
        load_id
    from lines
    group by order_id, load_id
)

select * from final
