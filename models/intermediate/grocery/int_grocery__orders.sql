-- Grain: one basket.
-- A basket has no header of its own: its first line carries what is said of the whole.
with basket_lines as (
    select * from {{ ref('int_grocery__basket_lines') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        order_id,
        customer_id,
        store_id,
        cast(null as varchar(256)) as employee_id,
        {{ dbt.dateadd(
            'minute',
            '(time_of_day / 100) * 60 + mod(time_of_day, 100)',
            'cast(order_date as timestamp)'
        ) }} as ordered_at,
        cast(null as varchar(64)) as payment_method,
        cast(null as varchar(64)) as order_status,
        cast('USD' as varchar(3)) as currency_code,
        cast(null as numeric(18, 4)) as stated_total_amount,
        load_id
    from basket_lines
    where line_number = 1
)

select * from final
