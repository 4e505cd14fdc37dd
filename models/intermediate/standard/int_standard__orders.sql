-- Grain: one order.
-- An order has no header of its own: its first line carries what is said of the whole, its earliest
-- line the time.
with numbered_lines as (
    select * from {{ ref('int_standard__numbered_lines') }}
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        order_id,
        customer_id,
        store_id,
        cast(null as varchar(256)) as employee_id,
        ordered_at,
        payment_method,
        order_status,
        currency_code,
        cast(null as numeric(18, 4)) as stated_total_amount,
        load_id
    from numbered_lines
    where position = 1
)

select * from final
