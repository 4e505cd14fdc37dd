-- Morning 5–11, afternoon 12–16, evening 17–20, else night: 7, 5, 4 and 8 hours of 60 minutes, and
-- the minutes on either side of each edge. Rows are parts or minutes that are otherwise.
with minutes as (
    select * from {{ ref('dim_time_of_day') }}
),

expected_parts as (
    select
        cast('Morning' as varchar(16)) as day_part,
        420 as minute_count
    union all
    select
        cast('Afternoon' as varchar(16)) as day_part,
        300 as minute_count
    union all
    select
        cast('Evening' as varchar(16)) as day_part,
        240 as minute_count
    union all
    select
        cast('Night' as varchar(16)) as day_part,
        480 as minute_count
),

expected_minutes as (
    select
        cast('04:59' as varchar(8)) as time_of_day,
        299 as minute_of_day,
        cast('Night' as varchar(16)) as day_part
    union all
    select
        cast('05:00' as varchar(8)) as time_of_day,
        300 as minute_of_day,
        cast('Morning' as varchar(16)) as day_part
    union all
    select
        cast('11:59' as varchar(8)) as time_of_day,
        719 as minute_of_day,
        cast('Morning' as varchar(16)) as day_part
    union all
    select
        cast('12:00' as varchar(8)) as time_of_day,
        720 as minute_of_day,
        cast('Afternoon' as varchar(16)) as day_part
    union all
    select
        cast('16:59' as varchar(8)) as time_of_day,
        1019 as minute_of_day,
        cast('Afternoon' as varchar(16)) as day_part
    union all
    select
        cast('17:00' as varchar(8)) as time_of_day,
        1020 as minute_of_day,
        cast('Evening' as varchar(16)) as day_part
    union all
    select
        cast('20:59' as varchar(8)) as time_of_day,
        1259 as minute_of_day,
        cast('Evening' as varchar(16)) as day_part
    union all
    select
        cast('21:00' as varchar(8)) as time_of_day,
        1260 as minute_of_day,
        cast('Night' as varchar(16)) as day_part
),

parts as (
    select
        day_part,
        count(*) as minute_count
    from minutes
    group by day_part
)

select expected_parts.day_part as found_otherwise
from expected_parts
left join parts on expected_parts.day_part = parts.day_part
where parts.minute_count is null or parts.minute_count <> expected_parts.minute_count
union all
select expected_minutes.time_of_day as found_otherwise
from expected_minutes
left join minutes on expected_minutes.minute_of_day = minutes.minute_of_day
where
    minutes.minute_of_day is null
    or minutes.time_of_day <> expected_minutes.time_of_day
    or minutes.day_part <> expected_minutes.day_part
