with source as (
    select * from {{ source('standard', 'customers') }}
),

renamed as (
    select
        load_id,
        file_line,
        customer_id,
        email as email_token,
        birth_year,
        region,
        segment,
        joined_at
    from source
)

select * from renamed
