with source as (
    select * from {{ source('cafe', 'transactions') }}
),

renamed as (
    select
        load_id,
        file_line,
        card_number as card_token,
        branch_name,
        products,
        payment_method,
        total_price as total_amount,
        date_time as ordered_at
    from source
)

select * from renamed
