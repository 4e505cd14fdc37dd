with source as (
    select * from {{ source('footwear', 'sales') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one sale is found by it.
        cast(sale_id as varchar) as order_id,
        sku_no as product_id,
        branch_id as store_id,
        employee_id,
        color_id,
        size,
        payment_method,
        sales_category,
        product_category,
        quantity,
        unit_price,
        unit_cost,
        cast(
            cast(sale_date as varchar) || ' ' || coalesce(sale_time, '00:00') as timestamp
        ) as ordered_at
    from source
)

select * from renamed
