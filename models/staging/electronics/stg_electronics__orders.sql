with source as (
    select * from {{ source('electronics', 'order') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one order is found by it.
        cast(id as varchar) as order_id,
        id_customer as customer_id,
        id_product as product_id,
        status as order_status,
        quantity,
        cast(total_amt / 100.0 as numeric(18, 4)) as total_amount,
        date as ordered_at
    from source
)

select * from renamed
