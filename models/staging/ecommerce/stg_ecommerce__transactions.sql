with source as (
    select * from {{ source('ecommerce', 'transactions') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one transaction is found by it.
        cast(transaction_id as varchar) as order_id,
        membership_id as customer_id,
        status as order_status,
        total_items_price as stated_total_amount,
        total_items_weight_kg as stated_weight_kg,
        transaction_at as ordered_at
    from source
)

select * from renamed
