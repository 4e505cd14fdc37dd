-- Grain: one customer, as the source's newest valuation has it.
{{ config(indexes=unique_index(['customer_key']) + index(['source_system', 'customer_id'])) }}

with runs as (
    select * from {{ ref('stg_ml__lifetime_runs') }}
),

customer_values as (
    select * from {{ ref('stg_ml__customer_values') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

newest as (
    select
        source_system,
        max(run_id) as run_id,
        max(case when status = 'valued' then run_id end) as valued_run_id
    from runs
    group by source_system
),

-- A valuation that was refused leaves the one before it for as long as its nearer horizon.
current_runs as (
    select
        runs.*,
        case when newest.run_id <> newest.valued_run_id then refused.reason end
            as newer_refused_because
    from newest
    inner join runs
        on newest.valued_run_id = runs.run_id
    inner join runs as refused
        on newest.run_id = refused.run_id
    inner join as_of_dates
        on runs.source_system = as_of_dates.source_system
    where {{ dbt.datediff('runs.as_of_date', 'as_of_dates.as_of_date', 'day') }} <= 90
),

-- What is left of a unit of revenue after costs, over the sales whose cost is known.
margins as (
    select
        source_system,
        cast(sum(profit_reporting_amount) as double precision)
        / nullif(cast(sum(net_reporting_amount) as double precision), 0) as margin_share
    from {{ ref('sales_daily') }}
    where profit_reporting_amount is not null
    group by source_system
),

final as (
    select
        current_runs.source_system,
        customers.customer_key,
        customers.customer_id,
        current_runs.as_of_date,
        cast(customer_values.probability_alive as double precision) as probability_alive,
        cast(customer_values.expected_purchases_90_days as double precision)
            as expected_purchases_90_days,
        cast(customer_values.expected_value_90_days as numeric(18, 4)) as expected_value_90_days,
        cast(customer_values.value_90_days_p10 as numeric(18, 4)) as value_90_days_p10,
        cast(customer_values.value_90_days_p50 as numeric(18, 4)) as value_90_days_p50,
        cast(customer_values.value_90_days_p90 as numeric(18, 4)) as value_90_days_p90,
        cast(customer_values.expected_purchases_365_days as double precision)
            as expected_purchases_365_days,
        cast(customer_values.expected_value_365_days as numeric(18, 4)) as expected_value_365_days,
        cast(customer_values.value_365_days_p10 as numeric(18, 4)) as value_365_days_p10,
        cast(customer_values.value_365_days_p50 as numeric(18, 4)) as value_365_days_p50,
        cast(customer_values.value_365_days_p90 as numeric(18, 4)) as value_365_days_p90,
        cast(
            customer_values.expected_value_365_days * margins.margin_share as numeric(18, 4)
        ) as expected_margin_365_days,
        cast(current_runs.currency_code as varchar(3)) as currency_code,
        current_runs.discount_rate,
        current_runs.newer_refused_because,
        current_runs.finished_at as valued_at
    from customer_values
    inner join current_runs
        on
            customer_values.run_id = current_runs.run_id
            and customer_values.source_system = current_runs.source_system
    -- A customer whose orders were unloaded, or whose source is off, has no value.
    inner join customers
        on
            customer_values.source_system = customers.source_system
            and customer_values.customer_id = customers.customer_id
    left join margins
        on current_runs.source_system = margins.source_system
)

select * from final
