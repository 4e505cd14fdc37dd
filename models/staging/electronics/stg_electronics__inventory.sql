with source as (
    select * from {{ source('electronics', 'inventory') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_product as product_id,
        location,
        quantity
    from source
)

select * from renamed
