-- Grain: one transaction.
-- Everything is sold in the one online shop.
with headers as (
    select * from {{ ref('int_ecommerce__transaction_headers') }}
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        order_id,
        customer_id,
        cast('online' as varchar(256)) as store_id,
        cast(null as varchar(256)) as employee_id,
        ordered_at,
        cast(null as varchar(64)) as payment_method,
        order_status,
        cast('SGD' as varchar(3)) as currency_code,
        stated_total_amount,
        load_id
    from headers
)

select * from final
