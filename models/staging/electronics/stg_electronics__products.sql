with source as (
    select * from {{ source('electronics', 'product') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as product_id,
        type as product_type,
        cast(price / 100.0 as numeric(18, 4)) as list_price
    from source
)

select * from renamed
