-- Grain: one row of a sales file as the loader counted it.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        cast('transactions' as varchar(128)) as table_name,
        cast('fct_orders' as varchar(128)) as reconciled_in,
        order_id,
        cast(ordered_at as date) as business_date,
        cast('GBP' as varchar(3)) as currency_code,
        total_amount as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from tickets
)

select * from final
