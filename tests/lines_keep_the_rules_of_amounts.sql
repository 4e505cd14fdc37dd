select
    source_system,
    order_id,
    line_number,
    line_type,
    quantity,
    unit_price,
    gross_amount,
    discount_amount,
    net_amount
from {{ ref('fct_order_lines') }}
where
    net_amount <> gross_amount - discount_amount
    or line_type = 'return' and quantity > 0
    or quantity = 0 and unit_price is not null
