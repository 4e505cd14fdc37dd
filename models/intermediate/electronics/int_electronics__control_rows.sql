-- Grain: one row of a sales file as the loader counted it.
with orders as (
    select * from {{ ref('stg_electronics__orders') }}
),

typed as (
    select
        *,
        {{ line_type('quantity') }} as line_type
    from orders
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        cast('order' as varchar(128)) as table_name,
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        order_id,
        cast(ordered_at as date) as business_date,
        cast('USD' as varchar(3)) as currency_code,
        cast({{ signed_with_quantity('total_amount', 'quantity', 'line_type') }} as numeric(18, 4))
            as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from typed
)

select * from final
