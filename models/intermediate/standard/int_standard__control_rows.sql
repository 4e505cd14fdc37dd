-- Grain: one row of a sales file as the loader counted it.
with lines as (
    select * from {{ ref('stg_standard__order_lines') }}
),

typed as (
    select
        *,
        {{ line_type('given_quantity', 'given_line_type') }} as line_type
    from lines
),

amounts as (
    select
        *,
        cast(
            {{ signed_amount('given_quantity * unit_price', 'given_quantity', 'line_type') }}
            as numeric(18, 4)
        ) as gross_amount,
        {{ signed_with_quantity('given_discount_amount', 'given_quantity', 'line_type') }}
            as discount_amount
    from typed
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        cast('order_lines' as varchar(128)) as table_name,
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        order_id,
        cast(ordered_at as date) as business_date,
        currency_code,
        cast(gross_amount - discount_amount as numeric(18, 4)) as control_amount,
        cast(null as varchar(64)) as missing_part,
        false as is_superseded,
        load_id
    from amounts
)

select * from final
