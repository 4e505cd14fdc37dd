-- Grain: one source that has an order.
-- A day without any order is one of which nothing was handed in: looked back from it, everybody
-- would seem to have been silent a day longer than on a training day.
with as_of_dates as (
    select
        source_system,
        least(as_of_date, last_order_date) as as_of_date
    from {{ ref('as_of_dates') }}
),

-- A day has a row for each currency.
purchase_days as (
    select
        days.source_system,
        days.customer_key,
        days.order_date
    from {{ ref('customer_days') }} as days
    inner join as_of_dates
        on days.source_system = as_of_dates.source_system
    where
        days.customer_id is not null
        and days.purchases > 0
        and days.order_date <= as_of_dates.as_of_date
    group by days.source_system, days.customer_key, days.order_date
),

with_previous as (
    select
        source_system,
        order_date,
        lag(order_date) over (
            partition by customer_key
            order by order_date
        ) as previous_date
    from purchase_days
),

gaps as (
    select
        source_system,
        order_date,
        cast({{ dbt.datediff('previous_date', 'order_date', 'day') }} as double precision)
            as gap_days
    from with_previous
),

rhythms as (
    select
        source_system,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(gap_days) as gaps,
        percentile_cont(0.98) within group (order by gap_days) as longest_usual_gap_days
    from gaps
    group by source_system
),

-- Whole weeks: windows then hold the same weekdays.
horizons as (
    select
        as_of_dates.source_system,
        as_of_dates.as_of_date,
        rhythms.first_order_date,
        rhythms.last_order_date,
        coalesce(rhythms.gaps, 0) as gaps,
        rhythms.longest_usual_gap_days,
        {{ chosen_churn_horizon('as_of_dates.source_system') }} as chosen_days,
        cast(
            case
                when rhythms.gaps >= {{ var('churn_min_gaps') }}
                    then 7 * ceiling(greatest(rhythms.longest_usual_gap_days, 1) / 7)
            end as integer
        ) as days_by_rhythm
    from as_of_dates
    left join rhythms
        on as_of_dates.source_system = rhythms.source_system
),

windows as (
    select
        *,
        coalesce(chosen_days, days_by_rhythm) as horizon_days,
        {{ dbt.datediff('first_order_date', 'last_order_date', 'day') }} + 1 as history_days,
        {{ var('churn_min_training_dates') + 1 }} as needed_windows
    from horizons
),

-- A training day has a window of history before it and a complete one behind it.
judged as (
    select
        *,
        coalesce(
            greatest(floor(cast(history_days as double precision) / horizon_days) - 1, 0), 0
        ) as training_dates
    from windows
),

final as (
    select
        source_system,
        cast(as_of_date as date) as as_of_date,
        first_order_date,
        last_order_date,
        cast(gaps as bigint) as gaps,
        cast(longest_usual_gap_days as double precision) as longest_usual_gap_days,
        cast(horizon_days as integer) as horizon_days,
        chosen_days is not null as is_chosen,
        cast(
            case
                when training_dates > {{ var('churn_training_dates') }}
                    then {{ var('churn_training_dates') }}
                else training_dates
            end as integer
        ) as training_dates,
        training_dates >= {{ var('churn_min_training_dates') }} as has_enough_history,
        cast(
            case
                when training_dates >= {{ var('churn_min_training_dates') }} then null
                when first_order_date is null then 'no purchase of an identified customer'
                when horizon_days is null
                    then
                        'customers came back ' || cast(gaps as varchar(20)) || ' times, '
                        || '{{ var('churn_min_gaps') }} are needed'
                else
                    'the history of ' || cast(history_days as varchar(20))
                    || ' days is shorter than '
                    || cast(needed_windows * horizon_days as varchar(20)) || ', '
                    || cast(needed_windows as varchar(20)) || ' windows of '
                    || cast(horizon_days as varchar(20)) || ' days'
            end as varchar(256)
        ) as exclusion_reason
    from judged
)

select * from final
