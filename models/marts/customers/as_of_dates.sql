-- Grain: one source that has an order.
with customer_days as (
    select * from {{ ref('customer_days') }}
),

currencies as (
    select
        source_system,
        currency_code,
        max(order_date) as last_order_date,
        min(case when customer_id is not null then order_date end) as first_paid_date
    from customer_days
    group by source_system, currency_code
),

-- In the order in which customers began to pay in them.
ranked as (
    select
        *,
        case
            when first_paid_date is not null
                then row_number() over (
                    partition by source_system
                    order by first_paid_date nulls last, currency_code
                )
        end as currency_number
    from currencies
),

sources as (
    select
        source_system,
        {%- set chosen = as_of_date() %}
        {%- if chosen is not none %}
        {{ chosen }} as as_of_date,
        {%- else %}
        cast({{ dbt.dateadd('day', 1, 'max(last_order_date)') }} as date) as as_of_date,
        {%- endif %}
        max(last_order_date) as last_order_date,
        max(case when currency_number = 1 then currency_code end) as first_currency_code,
        max(case when currency_number = 2 then first_paid_date end) as second_currency_date
    from ranked
    group by source_system
),

final as (
    select
        sources.source_system,
        sources.as_of_date,
        sources.last_order_date,
        cast(sources.first_currency_code as varchar(3)) as first_currency_code,
        sources.second_currency_date,
        {{ measured_currency('sources', 'sources.as_of_date') }}
    from sources
)

select * from final
