-- Grain: one household with demographics.
with demographics as (
    select * from {{ ref('stg_grocery__household_demographics') }}
),

-- If a household is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from demographics
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        customer_id,
        cast(null as integer) as age,
        age_band,
        marital_status,
        cast(null as numeric(18, 4)) as income,
        income_band,
        household_size_band,
        household_composition,
        homeowner_status,
        kids_band,
        cast(null as integer) as kids_count,
        cast(null as integer) as pets_count,
        cast(null as integer) as siblings_count
    from ranked
    where newest_first = 1
)

select * from final
