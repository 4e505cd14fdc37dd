with source as (
    select * from {{ source('standard', 'order_lines') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one order is found by it.
        cast(order_id as varchar) as order_id,
        line_number as given_line_number,
        customer_id,
        product_id,
        store_id,
        line_type as given_line_type,
        payment_method,
        order_status,
        coalesce(currency_code, '{{ var("default_currency") }}') as currency_code,
        quantity as given_quantity,
        unit_price,
        coalesce(discount_amount, cast(0 as numeric(18, 4))) as given_discount_amount,
        unit_cost,
        ordered_at
    from source
)

select * from renamed
