-- Grain: one order and one load that has rows of it.
with orders as (
    select * from {{ ref('stg_electronics__orders') }}
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        order_id,
        load_id
    from orders
    group by order_id, load_id
)

select * from final
