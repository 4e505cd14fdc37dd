-- Grain: one identified customer who had bought before the days that are held out. Looked back on
-- from the day before these, as customer_lifetime looks back on all customers.
{{ config(tags=['weekly'], indexes=unique_index(['customer_key']) + index(['source_system'])) }}

with as_of_dates as (
    select * from {{ ref('as_of_dates') }}
),

customer_days as (
    select
        days.*,
        as_of_dates.as_of_date
    from {{ ref('customer_days') }} as days
    inner join as_of_dates
        on days.source_system = as_of_dates.source_system
    where
        days.customer_id is not null
        and days.order_date <= as_of_dates.as_of_date
),

histories as (
    select
        source_system,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from customer_days
    where purchases > 0
    group by source_system
),

-- A third of the history, but not more than a quarter of a year, in whole weeks.
weeks as (
    select
        source_system,
        last_order_date,
        least(
            13,
            floor(
                cast(
                    {{ dbt.datediff('first_order_date', 'last_order_date', 'day') }} + 1
                    as double precision
                ) / 21
            )
        ) as held_out_weeks
    from histories
),

held_out as (
    select
        source_system,
        cast(7 * held_out_weeks as integer) as held_out_days,
        cast(
            {{ dbt.dateadd('day', 'cast(-7 * held_out_weeks as integer)', 'last_order_date') }}
            as date
        ) as as_of_date
    from weeks
    where held_out_weeks > 0
),

days_before as (
    select customer_days.*
    from customer_days
    inner join held_out
        on customer_days.source_system = held_out.source_system
    where customer_days.order_date <= held_out.as_of_date
),

totals as (
    {{ customer_totals('days_before') }}
),

-- A day has a row for each currency.
later_days as (
    select
        customer_days.customer_key,
        customer_days.order_date,
        sum({{ measured(
            'customer_days.revenue_amount', 'customer_days.revenue_reporting_amount', 'as_of_dates'
        ) }}) as revenue_amount
    from customer_days
    inner join held_out
        on customer_days.source_system = held_out.source_system
    inner join as_of_dates
        on customer_days.source_system = as_of_dates.source_system
    where
        customer_days.order_date > held_out.as_of_date
        and customer_days.purchases > 0
    group by customer_days.customer_key, customer_days.order_date
),

later as (
    select
        customer_key,
        count(*) as purchase_days,
        sum(revenue_amount) as revenue_amount
    from later_days
    group by customer_key
),

final as (
    select
        totals.source_system,
        totals.customer_key,
        totals.customer_id,
        held_out.as_of_date,
        held_out.held_out_days,
        cast(totals.purchase_days - 1 as integer) as repeat_days,
        cast(
            {{ dbt.datediff('totals.first_purchase_date', 'totals.last_purchase_date', 'day') }}
            as integer
        ) as first_to_last_days,
        cast(
            {{ dbt.datediff('totals.first_purchase_date', 'held_out.as_of_date', 'day') }}
            as integer
        ) as age_days,
        cast(
            case
                when totals.purchase_days > 1
                    then
                        {{ measured(
                            'totals.repeat_revenue_amount',
                            'totals.repeat_revenue_reporting_amount',
                            'as_of_dates'
                        ) }} / (totals.purchase_days - 1)
                else 0
            end as numeric(18, 4)
        ) as mean_repeat_amount,
        cast(coalesce(later.purchase_days, 0) as integer) as later_purchase_days,
        cast(coalesce(later.revenue_amount, 0) as numeric(18, 4)) as later_revenue_amount,
        cast(
            {{ measured('totals.currency_code', 'as_of_dates.currency_code', 'as_of_dates') }}
            as varchar(3)
        ) as currency_code,
        cast({{ var('lifetime_discount_rate') }} as double precision) as discount_rate
    from totals
    inner join held_out
        on totals.source_system = held_out.source_system
    inner join as_of_dates
        on totals.source_system = as_of_dates.source_system
    left join later
        on totals.customer_key = later.customer_key
    where totals.purchases > 0
)

select * from final
