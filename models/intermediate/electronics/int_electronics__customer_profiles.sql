-- Grain: one customer of whom anything is known.
with personal_information as (
    select * from {{ ref('stg_electronics__personal_information') }}
),

-- If a customer is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by load_id desc, file_line desc
        ) as newest_first
    from personal_information
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        customer_id,
        age,
        cast(null as varchar(64)) as age_band,
        cast(null as varchar(64)) as marital_status,
        income,
        cast(null as varchar(64)) as income_band,
        cast(null as varchar(64)) as household_size_band,
        cast(null as varchar(64)) as household_composition,
        cast(null as varchar(64)) as homeowner_status,
        cast(null as varchar(64)) as kids_band,
        kids_count,
        pets_count,
        siblings_count
    from ranked
    where newest_first = 1
)

select * from final
