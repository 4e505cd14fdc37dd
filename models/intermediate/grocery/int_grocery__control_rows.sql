-- Grain: one row of a sales file as the loader counted it.
with lines as (
    select * from {{ ref('stg_grocery__transactions') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        cast('transaction_data' as varchar(128)) as table_name,
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        order_id,
        order_date as business_date,
        cast('USD' as varchar(3)) as currency_code,
        sales_amount as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from lines
)

select * from final
