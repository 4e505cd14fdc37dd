-- Grain: one ticket and the load that has it.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        order_id,
        load_id
    from tickets
)

select * from final
