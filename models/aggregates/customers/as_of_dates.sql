-- Grain: one source that has an order.
with customer_days as (
    select * from {{ ref('customer_days') }}
),

sources as (
    select
        source_system,
        {%- set chosen = as_of_date() %}
        {%- if chosen is not none %}
        {{ chosen }} as as_of_date,
        {%- else %}
        cast({{ dbt.dateadd('day', 1, 'max(order_date)') }} as date) as as_of_date,
        {%- endif %}
        max(order_date) as last_order_date
    from customer_days
    group by source_system
),

final as (
    select
        sources.source_system,
        sources.as_of_date,
        sources.last_order_date,
        measured.currency_code,
        coalesce(measured.is_converted, false) as is_converted
    from sources
    {{ with_measured_currency('sources', 'sources.as_of_date') }}
)

select * from final
