with source as (
    select * from {{ source('ecommerce', 'members') }}
),

renamed as (
    select
        load_id,
        file_line,
        membership_id as customer_id,
        cast(extract(year from date_of_birth) as integer) as birth_year,
        joined_at
    from source
)

select * from renamed
