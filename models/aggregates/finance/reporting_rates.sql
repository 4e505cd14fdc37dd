-- Grain: one currency over the days on which it was worth the same in the reporting currency,
-- valid_to excluded.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['currency_code', 'valid_from']),
        meta={
            'compared_by': ['currency_code'],
            'reaches': ['fct_orders', 'fct_order_lines'],
            'valid_on': 'order_date'
        }
    )
}}

-- depends_on: {{ ref('fct_orders') }}
-- depends_on: {{ ref('fct_order_lines') }}

with exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

periods as (
    select
        currency_code,
        valid_from,
        coalesce(
            lead(valid_from) over (partition by currency_code order by valid_from),
            cast('9999-12-31' as date)
        ) as valid_to,
        rate
    from exchange_rates
),

-- A currency is worth something else as soon as its own rate or the reporting currency's changes.
converted as (
    select
        periods.currency_code,
        greatest(periods.valid_from, reporting.valid_from) as valid_from,
        least(periods.valid_to, reporting.valid_to) as valid_to,
        cast(periods.rate / reporting.rate as numeric(18, 10)) as reporting_factor
    from periods
    inner join periods as reporting
        on
            periods.valid_from < reporting.valid_to
            and periods.valid_to > reporting.valid_from
    where
        reporting.currency_code = {{ reporting_currency() }}
        and periods.currency_code <> {{ reporting_currency() }}
),

-- The reporting currency needs no rate for itself.
rates as (
    select * from converted
    union all
    select
        {{ reporting_currency() }} as currency_code,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to,
        cast(1 as numeric(18, 10)) as reporting_factor
),

final as (
    select
        cast(currency_code as varchar(3)) as currency_code,
        valid_from,
        valid_to,
        reporting_factor,
        {{ reporting_currency() }} as reporting_currency_code
    from rates
)

select * from final
