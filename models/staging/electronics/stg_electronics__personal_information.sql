with source as (
    select * from {{ source('electronics', 'personal_information') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_customer as customer_id,
        age,
        kids_count,
        pets_count,
        siblings_count,
        income
    from source
)

select * from renamed
