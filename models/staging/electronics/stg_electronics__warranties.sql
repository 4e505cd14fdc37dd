with source as (
    select * from {{ source('electronics', 'warranty') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as warranty_id,
        id_order as order_id,
        percentage,
        cast(price / 100.0 as numeric(18, 4)) as price_amount,
        date_order as order_date,
        expiration_date
    from source
)

select * from renamed
