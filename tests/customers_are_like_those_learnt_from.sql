{{ config(severity='warn') }}

with runs as (
    select * from {{ ref('stg_ml__model_runs') }}
),

drift as (
    select * from {{ ref('stg_ml__drift') }}
),

newest_scorings as (
    select
        source_system,
        risk_type,
        max(run_id) as run_id
    from runs
    where status = 'scored'
    group by source_system, risk_type
)

select
    newest_scorings.source_system,
    newest_scorings.risk_type,
    drift.feature_name,
    drift.population_stability,
    drift.scored_row_count
from drift
inner join newest_scorings
    on drift.run_id = newest_scorings.run_id
-- Over few rows chance alone moves the index: 18.3 is the 95th percentile of chi squared with ten
-- degrees of freedom, one less than the bins.
where
    drift.population_stability > 0.25
    and drift.population_stability
    > 18.3 * (1.0 / nullif(drift.training_row_count, 0) + 1.0 / nullif(drift.scored_row_count, 0))
