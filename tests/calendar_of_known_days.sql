-- Days whose place in the calendar is published: ISO weeks around the turn of the year, leap days,
-- and the edges of both fiscal years. Rows are days that dim_date has otherwise.
with known_days as (
    {%- set known_days = [
        ('1990-01-01', 1990, 1, 1, 1, 1990, 3, 1990, 2, 'false', 'false'),
        ('1999-12-31', 1999, 52, 5, 365, 2000, 2, 2000, 1, 'false', 'true'),
        ('2000-02-29', 2000, 9, 2, 60, 2000, 3, 2000, 2, 'false', 'true'),
        ('2001-02-28', 2001, 9, 3, 59, 2001, 3, 2001, 2, 'false', 'true'),
        ('2005-01-01', 2004, 53, 6, 1, 2005, 3, 2005, 2, 'true', 'false'),
        ('2008-12-29', 2009, 1, 1, 364, 2009, 2, 2009, 1, 'false', 'false'),
        ('2010-01-03', 2009, 53, 7, 3, 2010, 3, 2010, 2, 'true', 'false'),
        ('2012-12-31', 2013, 1, 1, 366, 2013, 2, 2013, 1, 'false', 'true'),
        ('2021-06-30', 2021, 26, 3, 181, 2021, 4, 2021, 3, 'false', 'true'),
        ('2021-07-01', 2021, 26, 4, 182, 2022, 1, 2021, 4, 'false', 'false'),
        ('2021-09-30', 2021, 39, 4, 273, 2022, 1, 2021, 4, 'false', 'true'),
        ('2021-10-01', 2021, 39, 5, 274, 2022, 2, 2022, 1, 'false', 'false'),
        ('2050-12-31', 2050, 52, 6, 365, 2051, 2, 2051, 1, 'true', 'true'),
    ] -%}
    {%- for known_day in known_days %}
    select
        cast('{{ known_day[0] }}' as date) as date_day,
        {{ known_day[1] }} as iso_year,
        {{ known_day[2] }} as iso_week,
        {{ known_day[3] }} as iso_day_of_week,
        {{ known_day[4] }} as day_of_year,
        {{ known_day[5] }} as fiscal_year_au,
        {{ known_day[6] }} as fiscal_quarter_au,
        {{ known_day[7] }} as fiscal_year_us,
        {{ known_day[8] }} as fiscal_quarter_us,
        {{ known_day[9] }} as is_weekend,
        {{ known_day[10] }} as is_month_end
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

dates as (
    select * from {{ ref('dim_date') }}
)

select known_days.*
from known_days
left join dates on known_days.date_day = dates.date_day
where
    dates.date_day is null
    or known_days.iso_year <> dates.iso_year
    or known_days.iso_week <> dates.iso_week
    or known_days.iso_day_of_week <> dates.iso_day_of_week
    or known_days.day_of_year <> dates.day_of_year
    or known_days.fiscal_year_au <> dates.fiscal_year_au
    or known_days.fiscal_quarter_au <> dates.fiscal_quarter_au
    or known_days.fiscal_year_us <> dates.fiscal_year_us
    or known_days.fiscal_quarter_us <> dates.fiscal_quarter_us
    or known_days.is_weekend <> dates.is_weekend
    or known_days.is_month_end <> dates.is_month_end
