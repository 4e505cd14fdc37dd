-- Grain: one code of a way of paying.
with tickets as (
    select * from {{ ref('stg_cafe__transactions') }}
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        payment_method
    from tickets
    group by payment_method
)

select * from final
