-- Grain: one source's customers of one first-purchase month, some months on. customers repeats on
-- each row of its cohort: add it up over months_since = 0 only.
with customer_days as (
    select * from {{ ref('customer_days') }}
    where customer_id is not null
),

totals as (
    select * from {{ ref('customer_totals_as_of') }}
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

calendar_months as (
    select month_start_date as order_month from {{ ref('dim_date') }}
    where is_month_end
),

members as (
    select
        source_system,
        customer_key,
        currency_code,
        cast({{ dbt.date_trunc('month', 'first_purchase_date') }} as date) as cohort_month
    from totals
    where purchases > 0
),

cohorts as (
    select
        source_system,
        cohort_month,
        max(currency_code) as currency_code,
        count(*) as customers
    from members
    group by source_system, cohort_month
),

-- as_of_date itself is a day of the data only when orders reach it; by default it is the day after
-- the last order, and must not open a month of its own in which nobody bought.
observed as (
    select
        source_system,
        as_of_date,
        currency_code,
        is_converted,
        case
            when last_order_date >= as_of_date then as_of_date
            else cast({{ dbt.dateadd('day', -1, 'as_of_date') }} as date)
        end as observed_until
    from as_of_dates
),

cohort_months as (
    select
        cohorts.source_system,
        cohorts.cohort_month,
        cohorts.currency_code,
        cohorts.customers,
        calendar_months.order_month
    from cohorts
    inner join observed
        on cohorts.source_system = observed.source_system
    inner join calendar_months
        on
            calendar_months.order_month >= cohorts.cohort_month
            and calendar_months.order_month <= observed.observed_until
),

member_months as (
    select
        members.source_system,
        members.customer_key,
        members.cohort_month,
        cast({{ dbt.date_trunc('month', 'days.order_date') }} as date) as order_month,
        sum(days.purchases) as purchases,
        {{ sum_if_all_known(measured(
            'days.revenue_amount', 'days.revenue_reporting_amount', 'observed'
        )) }} as revenue_amount
    from customer_days as days
    inner join members
        on days.customer_key = members.customer_key
    inner join observed
        on
            days.source_system = observed.source_system
            and days.order_date <= observed.as_of_date
    group by
        members.source_system,
        members.customer_key,
        members.cohort_month,
        cast({{ dbt.date_trunc('month', 'days.order_date') }} as date)
),

activity as (
    select
        source_system,
        cohort_month,
        order_month,
        sum(case when purchases > 0 then 1 else 0 end) as active_customers,
        {{ sum_if_all_known('revenue_amount') }} as revenue_amount
    from member_months
    group by source_system, cohort_month, order_month
),

final as (
    select
        cohort_months.source_system,
        cohort_months.cohort_month,
        cast(
            {{ dbt.datediff('cohort_months.cohort_month', 'cohort_months.order_month', 'month') }}
            as integer
        ) as months_since,
        cohort_months.order_month,
        cast(cohort_months.customers as integer) as customers,
        cast(coalesce(activity.active_customers, 0) as integer) as active_customers,
        cast(coalesce(activity.active_customers, 0) as double precision)
        / cohort_months.customers as retention_rate,
        cast(
            case when activity.source_system is null then 0 else activity.revenue_amount end
            as numeric(18, 4)
        ) as revenue_amount,
        cohort_months.currency_code
    from cohort_months
    left join activity
        on
            cohort_months.source_system = activity.source_system
            and cohort_months.cohort_month = activity.cohort_month
            and cohort_months.order_month = activity.order_month
)

select * from final
