-- Grain: one source that has an order.
-- A day without any order is one of which nothing was handed in: looked back from it, everybody
-- would seem to have been silent a day longer than on a training day.
{%- set windows = var('churn_min_training_dates') + 1 %}

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
known as (
    select
        as_of_dates.source_system,
        as_of_dates.as_of_date,
        rhythms.first_order_date,
        rhythms.last_order_date,
        coalesce(rhythms.gaps, 0) as gaps,
        rhythms.longest_usual_gap_days,
        {{ chosen_churn_horizon('as_of_dates.source_system') }} as chosen_days,
        {{ dbt.datediff('rhythms.first_order_date', 'rhythms.last_order_date', 'day') }} + 1
            as history_days,
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

carried as (
    select
        *,
        greatest(
            7,
            cast(
                7 * floor(cast(history_days as double precision) / (7 * {{ windows }})) as integer
            )
        ) as days_by_history
    from known
),

-- The longest that the history carries, but not longer than the rhythm.
horizons as (
    select
        *,
        case
            when chosen_days is not null then chosen_days
            when days_by_rhythm > days_by_history then days_by_history
            else days_by_rhythm
        end as horizon_days
    from carried
),

-- Training days half or a third of a horizon apart, where that is whole weeks.
steps as (
    select
        *,
        case
            when mod(horizon_days, 14) = 0 then horizon_days / 2
            when mod(horizon_days, 21) = 0 then horizon_days / 3
            else horizon_days
        end as training_step_days
    from horizons
),

-- A training day has a window of history before it and a complete one behind it. The newest is held
-- out, and the others are a whole window before it.
judged as (
    select
        *,
        coalesce(
            history_days >= {{ windows }} * horizon_days
            and history_days >= {{ var('churn_min_history_days') }},
            false
        ) as has_enough_history,
        1 + (
            cast(
                floor(
                    cast(history_days - horizon_days as double precision) / training_step_days
                ) as integer
            ) * training_step_days - 2 * horizon_days
        ) / training_step_days + 1 as training_dates
    from steps
),

-- Who had been silent for a whole horizon, and came back in spite of it.
returns as (
    select
        gaps.source_system,
        count(*) as came_back_times
    from gaps
    inner join judged
        on gaps.source_system = judged.source_system
    where gaps.gap_days > judged.horizon_days
    group by gaps.source_system
),

last_purchases as (
    select
        source_system,
        customer_key,
        max(order_date) as last_date
    from purchase_days
    group by source_system, customer_key
),

silences as (
    select
        last_purchases.source_system,
        count(*) as silent_customers
    from last_purchases
    inner join judged
        on last_purchases.source_system = judged.source_system
    where
        {{ dbt.datediff('last_purchases.last_date', 'judged.as_of_date', 'day') }}
        > judged.horizon_days
    group by last_purchases.source_system
),

final as (
    select
        judged.source_system,
        cast(judged.as_of_date as date) as as_of_date,
        judged.first_order_date,
        judged.last_order_date,
        cast(judged.gaps as bigint) as gaps,
        cast(judged.longest_usual_gap_days as double precision) as longest_usual_gap_days,
        judged.days_by_rhythm as rhythm_days,
        cast(judged.horizon_days as integer) as horizon_days,
        judged.chosen_days is not null as is_chosen,
        cast(judged.training_step_days as integer) as training_step_days,
        cast(
            case
                when not judged.has_enough_history then 0
                else least(judged.training_dates, {{ var('churn_training_dates') }})
            end as integer
        ) as training_dates,
        judged.has_enough_history,
        cast(coalesce(returns.came_back_times, 0) as bigint) as came_back_times,
        cast(coalesce(silences.silent_customers, 0) as bigint) as silent_customers,
        cast(
            case
                when judged.has_enough_history then null
                when judged.first_order_date is null
                    then 'no purchase of an identified customer'
                when judged.horizon_days is null
                    then
                        'customers came back ' || cast(judged.gaps as varchar(20)) || ' times, '
                        || '{{ var('churn_min_gaps') }} are needed'
                when judged.history_days >= {{ windows }} * judged.horizon_days
                    then
                        'the history of ' || cast(judged.history_days as varchar(20))
                        || ' days is shorter than {{ var('churn_min_history_days') }}'
                else
                    'the history of ' || cast(judged.history_days as varchar(20))
                    || ' days is shorter than '
                    || cast({{ windows }} * judged.horizon_days as varchar(20))
                    || ', {{ windows }} windows of '
                    || cast(judged.horizon_days as varchar(20)) || ' days'
            end as varchar(256)
        ) as exclusion_reason
    from judged
    left join returns
        on judged.source_system = returns.source_system
    left join silences
        on judged.source_system = silences.source_system
)

select * from final
