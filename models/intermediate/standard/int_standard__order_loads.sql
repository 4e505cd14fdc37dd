-- Grain: one order and one load that has rows of it.
with lines as (
    select * from {{ ref('stg_standard__order_lines') }}
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        order_id,
        load_id
    from lines
    group by order_id, load_id
)

select * from final
