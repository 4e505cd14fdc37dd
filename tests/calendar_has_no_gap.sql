-- 61 years of days, 15 of them leap years: 61 × 365 + 15.
with dates as (
    select * from {{ ref('dim_date') }}
)

select
    count(*) as day_count,
    min(date_day) as first_day,
    max(date_day) as last_day
from dates
having
    count(*) <> 22280
    or min(date_day) <> cast('1990-01-01' as date)
    or max(date_day) <> cast('2050-12-31' as date)
