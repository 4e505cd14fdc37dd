with source as (
    select * from {{ source('electronics', 'customer') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as customer_id
    from source
)

select * from renamed
