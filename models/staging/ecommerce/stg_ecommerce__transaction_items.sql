with source as (
    select * from {{ source('ecommerce', 'transaction_items') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one transaction is found by it.
        cast(transaction_id as varchar) as order_id,
        item_id as product_id,
        quantity as given_quantity,
        unit_price as given_unit_price
    from source
)

select * from renamed
