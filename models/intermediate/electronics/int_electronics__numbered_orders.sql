-- Grain: one line of the file of orders. An order is one line; should its number come again, each
-- counts as a line of the order.
-- Every window holds load_id, so that one load can be read by itself.
with orders as (
    select * from {{ ref('stg_electronics__orders') }}
),

typed as (
    select
        *,
        {{ line_type('quantity') }} as line_type
    from orders
),

signed as (
    select
        *,
        cast({{ signed_with_quantity('total_amount', 'quantity', 'line_type') }} as numeric(18, 4))
            as gross_amount
    from typed
),

final as (
    select
        order_id,
        customer_id,
        product_id,
        order_status,
        line_type,
        quantity,
        gross_amount,
        load_id,
        row_number() over (partition by load_id, order_id order by file_line) as line_number,
        min(ordered_at) over (partition by load_id, order_id) as ordered_at,
        sum(gross_amount) over (partition by load_id, order_id) as stated_total_amount
    from signed
)

select * from final
