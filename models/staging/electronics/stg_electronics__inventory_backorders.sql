with source as (
    select * from {{ source('electronics', 'inventory_backorder') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_backorder as backorder_id,
        id_product_inventory as product_id,
        location_inventory as location
    from source
)

select * from renamed
