-- Grain: one row of a live file that carries sales, as staged. A view: nothing is stored twice.
-- Amounts add up only within one currency.
{{ config(materialized='view') }}

with control_rows as (
    {{ union_sources('control_rows') }}
),

final as (
    select
        source_system,
        table_name,
        reconciled_in,
        {{ surrogate_key('source_system', 'order_id') }} as order_key,
        order_id,
        business_date,
        currency_code,
        control_amount,
        missing_part,
        is_superseded,
        load_id
    from control_rows
)

select * from final
