{{ config(severity='warn') }}

with scores as (
    select
        source_system,
        risk_type,
        max(as_of_date) as scored_as_of_date
    from {{ ref('customer_risk') }}
    group by source_system, risk_type
),

as_of_dates as (
    select * from {{ ref('as_of_dates') }}
)

select
    scores.source_system,
    scores.risk_type,
    scores.scored_as_of_date,
    as_of_dates.as_of_date
from scores
inner join as_of_dates
    on scores.source_system = as_of_dates.source_system
where {{ dbt.datediff('scores.scored_as_of_date', 'as_of_dates.as_of_date', 'day') }} > 7
