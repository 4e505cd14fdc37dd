-- Grain: one customer and risk type, as the newest scoring of the last promoted model that has
-- scored has it.
{{ config(indexes=unique_index(['customer_key', 'risk_type'])) }}

with runs as (
    select * from {{ ref('stg_ml__model_runs') }}
),

scores as (
    select * from {{ ref('stg_ml__risk_scores') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

horizons as (
    select * from {{ ref('churn_horizons') }}
),

promotions as (
    select
        source_system,
        risk_type,
        model_version,
        max(run_id) as promoted_by,
        min(finished_at) as model_trained_at
    from runs
    where status = 'promoted'
    group by source_system, risk_type, model_version
),

scorings as (
    select
        source_system,
        risk_type,
        model_version,
        max(run_id) as run_id
    from runs
    where status = 'scored'
    group by source_system, risk_type, model_version
),

-- A model that has not scored yet leaves the scores of the one before it.
ranked_scorings as (
    select
        scorings.run_id,
        promotions.model_trained_at,
        row_number() over (
            partition by scorings.source_system, scorings.risk_type
            order by promotions.promoted_by desc
        ) as place
    from scorings
    inner join promotions
        on
            scorings.source_system = promotions.source_system
            and scorings.risk_type = promotions.risk_type
            and scorings.model_version = promotions.model_version
),

current_runs as (
    select
        runs.run_id,
        runs.source_system,
        runs.risk_type,
        runs.model_version,
        runs.horizon_days,
        runs.as_of_date,
        runs.finished_at,
        ranked_scorings.model_trained_at
    from runs
    inner join ranked_scorings
        on
            runs.run_id = ranked_scorings.run_id
            and ranked_scorings.place = 1
    left join horizons
        on runs.source_system = horizons.source_system
    -- What was foreseen two horizons ago says nothing any more.
    where
        runs.horizon_days is null
        or horizons.as_of_date is null
        or {{ dbt.datediff('runs.as_of_date', 'horizons.as_of_date', 'day') }}
        <= 2 * runs.horizon_days
),

-- Training and its verdict, the newest first. A refusal stands until a later model is promoted.
verdicts as (
    select
        source_system,
        risk_type,
        status,
        reason,
        row_number() over (
            partition by source_system, risk_type
            order by run_id desc
        ) as place
    from runs
    where status <> 'scored'
),

refusals as (
    select
        source_system,
        risk_type,
        reason
    from verdicts
    where
        place = 1
        and status = 'refused'
),

final as (
    select
        current_runs.source_system,
        customers.customer_key,
        customers.customer_id,
        current_runs.risk_type,
        cast(scores.probability as double precision) as probability,
        scores.risk_tier,
        scores.has_risk,
        scores.is_outside_training_range,
        scores.reason_1,
        scores.reason_2,
        scores.reason_3,
        current_runs.horizon_days,
        current_runs.model_version,
        current_runs.model_trained_at,
        refusals.reason as newer_model_refused_because,
        current_runs.as_of_date,
        current_runs.finished_at as scored_at
    from scores
    inner join current_runs
        on
            scores.run_id = current_runs.run_id
            and scores.source_system = current_runs.source_system
            and scores.risk_type = current_runs.risk_type
    -- A customer whose orders were unloaded, or whose source is off, has no score.
    inner join customers
        on
            scores.source_system = customers.source_system
            and scores.customer_id = customers.customer_id
    left join refusals
        on
            current_runs.source_system = refusals.source_system
            and current_runs.risk_type = refusals.risk_type
)

select * from final
