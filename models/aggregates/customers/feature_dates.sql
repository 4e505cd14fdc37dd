-- Grain: one day from which a source's customers are looked back on.
with horizons as (
    select * from {{ ref('churn_horizons') }}
),

days as (
    select * from {{ ref('dim_date') }}
),

-- Counted from the source's first day, so that a new day of sales moves none of them. Each has a
-- window of history before it and a complete one behind it.
complete_dates as (
    select
        horizons.source_system,
        horizons.horizon_days,
        days.date_day as as_of_date,
        max(days.date_day) over (partition by horizons.source_system) as held_out_date
    from horizons
    inner join days
        on
            days.date_day >= horizons.first_order_date
            and days.date_day <= horizons.last_order_date
    where
        horizons.has_enough_history
        and mod(
            {{ dbt.datediff('horizons.first_order_date', 'days.date_day', 'day') }} + 1,
            horizons.training_step_days
        ) = 0
        and {{ dbt.datediff('horizons.first_order_date', 'days.date_day', 'day') }} + 1
        >= horizons.horizon_days
        and {{ dbt.datediff('days.date_day', 'horizons.last_order_date', 'day') }}
        >= horizons.horizon_days
),

-- Models are judged on the newest; what they learn from had come out by then.
possible_training_dates as (
    select
        source_system,
        as_of_date,
        row_number() over (
            partition by source_system
            order by as_of_date desc
        ) as newest_first
    from complete_dates
    where
        as_of_date = held_out_date
        or {{ dbt.datediff('as_of_date', 'held_out_date', 'day') }} >= horizon_days
),

current_and_training_dates as (
    select
        source_system,
        as_of_date,
        false as is_current,
        true as is_training
    from possible_training_dates
    where newest_first <= {{ var('churn_training_dates') }}
    union all
    select
        source_system,
        as_of_date,
        true as is_current,
        false as is_training
    from horizons
),

-- A chosen as_of_date may be a training day, too.
dates as (
    select
        source_system,
        as_of_date,
        cast(max(case when is_current then 1 else 0 end) = 1 as boolean) as is_current,
        cast(max(case when is_training then 1 else 0 end) = 1 as boolean) as is_training
    from current_and_training_dates
    group by source_system, as_of_date
),

final as (
    select
        dates.source_system,
        cast(dates.as_of_date as date) as as_of_date,
        horizons.horizon_days,
        dates.is_current,
        dates.is_training,
        measured.currency_code,
        coalesce(measured.is_converted, false) as is_converted
    from dates
    inner join horizons
        on dates.source_system = horizons.source_system
    {{ with_measured_currency('dates', 'dates.as_of_date') }}
)

select * from final
