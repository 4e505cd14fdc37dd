-- Grain: one sale.
-- A sale has no header of its own: its first line carries what is said of the whole, its earliest
-- line the time. The company knows no customers.
with sale_lines as (
    select * from {{ ref('int_footwear__sale_lines') }}
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        order_id,
        cast(null as varchar(256)) as customer_id,
        store_id,
        employee_id,
        ordered_at,
        payment_method,
        cast(null as varchar(64)) as order_status,
        cast('AUD' as varchar(3)) as currency_code,
        cast(null as numeric(18, 4)) as stated_total_amount,
        load_id
    from sale_lines
    where line_number = 1
)

select * from final
