{{ config(severity='warn') }}

with scores as (
    select
        source_system,
        risk_type,
        max(as_of_date) as scored_as_of_date
    from {{ ref('customer_risk') }}
    group by source_system, risk_type
),

horizons as (
    select * from {{ ref('churn_horizons') }}
)

select
    scores.source_system,
    scores.risk_type,
    scores.scored_as_of_date,
    horizons.as_of_date
from scores
inner join horizons
    on scores.source_system = horizons.source_system
where {{ dbt.datediff('scores.scored_as_of_date', 'horizons.as_of_date', 'day') }} > 7
