{{ config(severity='warn') }}

select
    source_system,
    order_id,
    line_number,
    line_type,
    quantity,
    gross_amount,
    cost_amount
from {{ ref('fct_order_lines') }}
where
    quantity > 0 and (gross_amount < 0 or cost_amount < 0)
    or quantity < 0 and (gross_amount > 0 or cost_amount > 0)
