-- Grain: one minute of the day.
with numbers as (
    {{ dbt.generate_series(1440) }}
),

minutes as (
    select
        cast(generated_number as integer) - 1 as minute_of_day,
        (cast(generated_number as integer) - 1) / 60 as hour_of_day,
        mod(cast(generated_number as integer) - 1, 60) as minute_of_hour
    from numbers
),

final as (
    select
        cast(minute_of_day as integer) as minute_of_day,
        cast(
            lpad(cast(hour_of_day as varchar(2)), 2, '0') || ':'
            || lpad(cast(minute_of_hour as varchar(2)), 2, '0') as varchar(5)
        ) as time_of_day,
        cast(hour_of_day as integer) as hour_of_day,
        cast(minute_of_hour as integer) as minute_of_hour,
        cast(
            case
                when hour_of_day between 5 and 11 then 'Morning'
                when hour_of_day between 12 and 16 then 'Afternoon'
                when hour_of_day between 17 and 20 then 'Evening'
                else 'Night'
            end as varchar(16)
        ) as day_part
    from minutes
)

select * from final
