-- Grain: one row of a sales file as the loader counted it.
with tickets as (
    select * from {{ ref('int_cafe__tickets') }}
),

final as (
    select
        'cafe' as source_system,
        'transactions' as table_name,
        'fct_orders' as reconciled_in,
        order_id,
        cast(ordered_at as date) as business_date,
        'GBP' as currency_code,
        total_amount as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from tickets
)

select * from final
