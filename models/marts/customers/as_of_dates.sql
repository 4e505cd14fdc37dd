-- Grain: one source that has an order.
with customer_days as (
    select * from {{ ref('customer_days') }}
),

last_orders as (
    select
        source_system,
        max(order_date) as last_order_date,
        min(case when customer_id is not null then currency_code end) as first_currency_code,
        max(case when customer_id is not null then currency_code end) as last_currency_code
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
        last_order_date,
        cast(
            case
                when first_currency_code <> last_currency_code then {{ reporting_currency() }}
                else first_currency_code
            end as varchar(3)
        ) as currency_code,
        coalesce(first_currency_code <> last_currency_code, false) as is_converted
    from last_orders
)

select * from final
