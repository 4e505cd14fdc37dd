-- Grain: one day.
{{ config(indexes=unique_index(['date_day'])) }}

-- A fixed span, so that a build of tomorrow gives the same table: all the days an order may have
-- (orders before 1990 are rejected on loading) and those to come.
with numbers as (
    {{ dbt.generate_series(22280) }}
),

days as (
    select
        cast(generated_number as integer) - 1 as days_since_start,
        cast('1990-01-01' as date) + (cast(generated_number as integer) - 1) as date_day
    from numbers
),

-- 1990-01-01 was a Monday. An ISO week belongs to the year of its Thursday.
weekdays as (
    select
        date_day,
        mod(days_since_start, 7) + 1 as iso_day_of_week,
        date_day - mod(days_since_start, 7) as iso_week_start_date,
        date_day - mod(days_since_start, 7) + 3 as thursday
    from days
),

calendar as (
    select
        *,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(quarter from date_day) as integer) as calendar_quarter,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(doy from date_day) as integer) as day_of_year,
        cast(extract(year from thursday) as integer) as iso_year,
        (cast(extract(doy from thursday) as integer) - 1) / 7 + 1 as iso_week
    from weekdays
),

final as (
    select
        cast(date_day as date) as date_day,
        cast(calendar_year as integer) as calendar_year,
        cast(calendar_quarter as integer) as calendar_quarter,
        cast(calendar_month as integer) as calendar_month,
        cast(trim(to_char(date_day, 'Month')) as varchar(16)) as month_name,
        cast(date_day - (day_of_month - 1) as date) as month_start_date,
        cast(iso_year as integer) as iso_year,
        cast(iso_week as integer) as iso_week,
        cast(iso_week_start_date as date) as iso_week_start_date,
        cast(iso_day_of_week as integer) as iso_day_of_week,
        cast(trim(to_char(date_day, 'Day')) as varchar(16)) as day_name,
        cast(day_of_month as integer) as day_of_month,
        cast(day_of_year as integer) as day_of_year,
        -- Fiscal years bear the name of the year they end in: Australia's begins in July, that of
        -- the United States in October.
        cast(
            case when calendar_month >= 7 then calendar_year + 1 else calendar_year end as integer
        ) as fiscal_year_au,
        cast(mod(calendar_quarter + 1, 4) + 1 as integer) as fiscal_quarter_au,
        cast(
            case when calendar_month >= 10 then calendar_year + 1 else calendar_year end as integer
        ) as fiscal_year_us,
        cast(mod(calendar_quarter, 4) + 1 as integer) as fiscal_quarter_us,
        cast(iso_day_of_week >= 6 as boolean) as is_weekend,
        cast(extract(day from date_day + 1) = 1 as boolean) as is_month_end
    from calendar
)

select * from final
