-- Grain: one ticket.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        order_id,
        card_token as customer_id,
        branch_name as store_id,
        cast(null as varchar(256)) as employee_id,
        ordered_at,
        payment_method,
        cast(null as varchar(64)) as order_status,
        cast('GBP' as varchar(3)) as currency_code,
        total_amount as stated_total_amount,
        load_id
    from tickets
)

select * from final
