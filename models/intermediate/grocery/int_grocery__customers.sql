-- Grain: one household.
-- The panel has no master of households: those with demographics are its customers by name, the
-- others are known by what they bought or were mailed.
with profiles as (
    select * from {{ ref('int_grocery__customer_profiles') }}
),

final as (
    select
        source_system,
        customer_id,
        cast(null as date) as joined_date,
        cast(null as integer) as birth_year,
        cast(null as varchar(64)) as region,
        cast(null as varchar(64)) as segment
    from profiles
)

select * from final
