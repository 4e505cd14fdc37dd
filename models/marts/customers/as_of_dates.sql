-- Grain: one source that has an order.
with customer_days as (
    select * from {{ ref('customer_days') }}
),

last_orders as (
    select
        source_system,
        max(order_date) as last_order_date
    from customer_days
    group by source_system
),

final as (
    select
        source_system,
        {%- set chosen = as_of_date() %}
        {%- if chosen is not none %}
        {{ chosen }} as as_of_date,
        {%- else %}
        cast({{ dbt.dateadd('day', 1, 'last_order_date') }} as date) as as_of_date,
        {%- endif %}
        last_order_date
    from last_orders
)

select * from final
