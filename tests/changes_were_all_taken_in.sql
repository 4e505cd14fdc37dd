{%- set subscribers = [
    'fct_order_lines', 'fct_orders', 'customer_days', 'customer_totals', 'customer_day_baskets',
    'customer_new_categories', 'household_days', 'sales_daily', 'store_products',
    'customer_products', 'campaign_purchases', 'fct_control_orders'
] -%}
{%- for subscriber in subscribers %}
-- Naming the model makes the test wait for it.
{%- do ref(subscriber) %}
select
    cast('{{ subscriber }}' as varchar(128)) as model,
    count(*) as waiting_keys
from {{ queue_of(subscriber) }}
{%- if subscriber in ['fct_order_lines', 'fct_orders', 'fct_control_orders'] %}
{{ is_not_held("coalesce(source_system, '')", before='where') }}
{%- endif %}
having count(*) > 0
{{ "union all" if not loop.last }}
{%- endfor %}
