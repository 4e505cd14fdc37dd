-- Grain: one currency in which a source's customers are measured, over the days looked back from,
-- valid_to excluded.
with customer_days as (
    select * from {{ ref('customer_days') }}
),

currencies as (
    select
        source_system,
        currency_code,
        min(case when customer_id is not null then order_date end) as first_paid_date
    from customer_days
    group by source_system, currency_code
),

-- In the order in which customers began to pay in them.
ranked as (
    select
        source_system,
        first_paid_date,
        case when first_paid_date is not null then currency_code end as currency_code,
        row_number() over (
            partition by source_system
            order by first_paid_date nulls last, currency_code
        ) as currency_number
    from currencies
),

-- Only what was paid up to a day has a say, so a later order changes no unit of the past.
sources as (
    select
        source_system,
        max(case when currency_number = 1 then currency_code end) as first_currency_code,
        coalesce(
            max(case when currency_number = 2 then first_paid_date end),
            cast('9999-12-31' as date)
        ) as second_currency_date
    from ranked
    group by source_system
),

spans as (
    select
        source_system,
        cast('1900-01-01' as date) as valid_from,
        second_currency_date as valid_to,
        first_currency_code as currency_code,
        false as is_converted
    from sources
    union all
    select
        source_system,
        second_currency_date as valid_from,
        cast('9999-12-31' as date) as valid_to,
        {{ reporting_currency() }} as currency_code,
        true as is_converted
    from sources
    where second_currency_date < cast('9999-12-31' as date)
),

final as (
    select
        source_system,
        valid_from,
        valid_to,
        cast(currency_code as varchar(3)) as currency_code,
        is_converted
    from spans
)

select * from final
