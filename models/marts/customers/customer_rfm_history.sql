-- Grain: one identified customer with a purchase by then, as of one month end.
{{ config(indexes=unique_index(['customer_key', 'as_of_date']) + index(['as_of_date'])) }}

with customer_days as (
    select * from {{ ref('customer_days') }}
    where customer_id is not null
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

month_ends as (
    select date_day as month_end from {{ ref('dim_date') }}
    where is_month_end
),

customer_months as (
    select
        days.source_system,
        days.customer_key,
        days.customer_id,
        cast({{ dbt.last_day('days.order_date', 'month') }} as date) as month_end,
        max(case when days.purchases > 0 then days.order_date end) as last_purchase_date,
        sum(days.purchases) as purchases,
        sum(days.revenue_amount) as revenue_amount,
        sum(days.revenue_reporting_amount) as revenue_reporting_amount,
        count(*) - count(days.revenue_reporting_amount) as unknown_amounts
    from customer_days as days
    inner join as_of_dates
        on days.source_system = as_of_dates.source_system
    where days.order_date <= as_of_dates.as_of_date
    group by
        days.source_system,
        days.customer_key,
        days.customer_id,
        cast({{ dbt.last_day('days.order_date', 'month') }} as date)
),

first_months as (
    select
        source_system,
        customer_key,
        customer_id,
        min(month_end) as first_month_end
    from customer_months
    group by source_system, customer_key, customer_id
),

first_months_of_sources as (
    select
        source_system,
        min(first_month_end) as first_month_end
    from first_months
    group by source_system
),

-- A source's few month ends come first, so that customers meet only those.
complete_months as (
    select
        as_of_dates.source_system,
        month_ends.month_end,
        measured.currency_code,
        measured.is_converted
    from as_of_dates
    inner join first_months_of_sources as firsts
        on as_of_dates.source_system = firsts.source_system
    inner join month_ends
        on
            month_ends.month_end >= firsts.first_month_end
            and month_ends.month_end <= as_of_dates.as_of_date
    {{ with_measured_currency('as_of_dates', 'month_ends.month_end') }}
),

customer_month_ends as (
    select
        first_months.source_system,
        first_months.customer_key,
        first_months.customer_id,
        complete_months.month_end,
        complete_months.currency_code,
        complete_months.is_converted
    from first_months
    inner join complete_months
        on
            first_months.source_system = complete_months.source_system
            and first_months.first_month_end <= complete_months.month_end
),

until_month_end as (
    select
        customers.source_system,
        customers.customer_key,
        customers.customer_id,
        customers.currency_code,
        customers.is_converted,
        customers.month_end as as_of_date,
        max(months.last_purchase_date) over (
            partition by customers.customer_key
            order by customers.month_end
            rows between unbounded preceding and current row
        ) as last_order_date,
        sum(months.purchases) over (
            partition by customers.customer_key
            order by customers.month_end
            rows between unbounded preceding and current row
        ) as frequency,
        sum(months.revenue_amount) over (
            partition by customers.customer_key
            order by customers.month_end
            rows between unbounded preceding and current row
        ) as own_amount,
        sum(months.revenue_reporting_amount) over (
            partition by customers.customer_key
            order by customers.month_end
            rows between unbounded preceding and current row
        ) as known_reporting_amount,
        sum(months.unknown_amounts) over (
            partition by customers.customer_key
            order by customers.month_end
            rows between unbounded preceding and current row
        ) as unknown_amounts
    from customer_month_ends as customers
    left join customer_months as months
        on
            customers.customer_key = months.customer_key
            and customers.month_end = months.month_end
),

customers as (
    select
        *,
        {{ measured(
            'own_amount', 'case when unknown_amounts = 0 then known_reporting_amount end'
        ) }} as monetary_amount
    from until_month_end
    where frequency > 0
),

final as (
    {{ rfm_scores('customers') }}
)

select * from final
