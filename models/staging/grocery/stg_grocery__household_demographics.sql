with source as (
    select * from {{ source('grocery', 'hh_demographic') }}
),

renamed as (
    select
        load_id,
        file_line,
        cast(household_key as varchar) as customer_id,
        age_desc as age_band,
        marital_status_code as marital_status,
        income_desc as income_band,
        homeowner_desc as homeowner_status,
        hh_comp_desc as household_composition,
        household_size_desc as household_size_band,
        kid_category_desc as kids_band
    from source
)

select * from renamed
