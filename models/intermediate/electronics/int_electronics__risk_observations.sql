-- Grain: one observed customer.
with risk_observations as (
    select * from {{ ref('stg_electronics__risk_observations') }}
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        cast(row_number() over (order by load_id, file_line) as integer) as observation_number,
        age,
        kids_count,
        pets_count,
        siblings_count,
        income,
        has_risk,
        load_id
    from risk_observations
)

select * from final
