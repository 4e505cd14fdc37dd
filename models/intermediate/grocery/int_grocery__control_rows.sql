-- Grain: one row of a sales file as the loader counted it.
with lines as (
    select * from {{ ref('stg_grocery__transactions') }}
),

final as (
    select
        'grocery' as source_system,
        'transaction_data' as table_name,
        'fct_order_lines' as reconciled_in,
        order_id,
        order_date as business_date,
        'USD' as currency_code,
        sales_amount as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from lines
)

select * from final
