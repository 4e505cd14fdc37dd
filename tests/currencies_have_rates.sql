{{ config(severity='warn') }}

select
    source_system,
    currency_code,
    min(order_date) as first_date,
    max(order_date) as last_date,
    sum(lines) as line_count
from {{ ref('sales_daily') }}
where net_reporting_amount is null
group by source_system, currency_code
