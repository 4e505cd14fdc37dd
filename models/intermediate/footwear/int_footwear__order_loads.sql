-- Grain: one order and one load that has rows of it.
with sales as (
    select * from {{ ref('stg_footwear__sales') }}
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        order_id,
        load_id
    from sales
    group by order_id, load_id
)

select * from final
