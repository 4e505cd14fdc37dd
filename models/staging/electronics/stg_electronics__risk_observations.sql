with source as (
    select * from {{ source('electronics', 'risk_observations') }}
),

renamed as (
    select
        load_id,
        file_line,
        age,
        kids_count,
        pets_count,
        siblings_count,
        income,
        has_risk
    from source
)

select * from renamed
