{%- set consumers = [
    'fct_orders', 'customer_days', 'customer_totals', 'customer_day_baskets',
    'customer_new_categories', 'household_days', 'sales_daily'
] -%}
with pending_changes as (
    select * from {{ ref('stg_ops__pending_changes') }}
),

-- Selected from, so that the test waits for them.
consumers as (
    {%- for consumer in consumers %}
    select
        '{{ consumer }}' as consumer,
        count(*) as row_count
    from {{ ref(consumer) }}
    where 1 = 0
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    pending_changes.consumer,
    pending_changes.source_system,
    count(*) as row_count
from pending_changes
inner join consumers
    on pending_changes.consumer = consumers.consumer
group by pending_changes.consumer, pending_changes.source_system
