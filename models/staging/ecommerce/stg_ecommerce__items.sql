with source as (
    select * from {{ source('ecommerce', 'items') }}
),

renamed as (
    select
        load_id,
        file_line,
        item_id as product_id,
        item_name as product_name,
        manufacturer_name as manufacturer,
        -- What an item costs the buyer is its price.
        cost as list_price,
        weight_kg
    from source
)

select * from renamed
