with converted as (
    select
        cast('sales_daily' as varchar(128)) as model_name,
        source_system,
        currency_code,
        order_date,
        net_amount as amount,
        net_reporting_amount as reporting_amount
    from {{ ref('sales_daily') }}
    union all
    select
        cast('customer_days' as varchar(128)) as model_name,
        source_system,
        currency_code,
        order_date,
        revenue_amount as amount,
        revenue_reporting_amount as reporting_amount
    from {{ ref('customer_days') }}
),

rates as (
    select * from {{ ref('reporting_rates') }}
)

select
    converted.model_name,
    converted.source_system,
    converted.currency_code,
    converted.order_date,
    converted.amount,
    converted.reporting_amount,
    rates.reporting_factor
from converted
left join rates
    on
        converted.currency_code = rates.currency_code
        and converted.order_date >= rates.valid_from
        and converted.order_date < rates.valid_to
where
    -- Half of the last decimal, by rounding.
    abs(converted.amount * rates.reporting_factor - converted.reporting_amount) > 0.00005
    or rates.reporting_factor is null and converted.reporting_amount is not null
    or rates.reporting_factor is not null and converted.reporting_amount is null
