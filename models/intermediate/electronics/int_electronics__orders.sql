-- Grain: one order.
-- Should the number of an order come again, its first line carries what is said of the whole, its
-- earliest line the time.
with numbered_orders as (
    select * from {{ ref('int_electronics__numbered_orders') }}
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        order_id,
        customer_id,
        cast('online' as varchar(256)) as store_id,
        cast(null as varchar(256)) as employee_id,
        ordered_at,
        cast(null as varchar(64)) as payment_method,
        order_status,
        cast('USD' as varchar(3)) as currency_code,
        cast(stated_total_amount as numeric(18, 4)) as stated_total_amount,
        load_id
    from numbered_orders
    where line_number = 1
)

select * from final
