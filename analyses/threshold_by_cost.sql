-- What acting from each probability on would cost, for the variables action_cost (of acting on one
-- customer), loss (of one customer who has the risk and is left alone) and success_rate (share of
-- losses that acting prevents). Probabilities are calibrated, so their sum is the expected number.
{%- set action_cost = var('action_cost', 5) %}
{%- set loss = var('loss', 100) %}
{%- set success_rate = var('success_rate', 0.3) %}
with scores as (
    select
        source_system,
        risk_type,
        probability,
        floor(probability * 20) / 20 as threshold
    from {{ ref('customer_risk') }}
),

steps as (
    select
        source_system,
        risk_type,
        threshold,
        count(*) as customers,
        sum(probability) as expected_cases
    from scores
    group by source_system, risk_type, threshold
),

from_threshold_on as (
    select
        source_system,
        risk_type,
        threshold,
        sum(customers) over (
            partition by source_system, risk_type
            order by threshold desc
            rows between unbounded preceding and current row
        ) as customers,
        sum(expected_cases) over (
            partition by source_system, risk_type
            order by threshold desc
            rows between unbounded preceding and current row
        ) as expected_cases,
        sum(expected_cases) over (partition by source_system, risk_type) as all_cases
    from steps
),

costs as (
    select
        *,
        {{ action_cost }} * customers
        + {{ loss }} * (all_cases - {{ success_rate }} * expected_cases) as expected_cost,
        {{ loss }} * all_cases as cost_of_doing_nothing
    from from_threshold_on
)

select
    source_system,
    risk_type,
    threshold,
    customers,
    round(cast(expected_cases as numeric(18, 4)), 1) as expected_cases,
    round(cast(expected_cost as numeric(18, 4)), 2) as expected_cost,
    round(cast(cost_of_doing_nothing - expected_cost as numeric(18, 4)), 2) as expected_gain,
    expected_cost = min(expected_cost) over (partition by source_system, risk_type)
    and expected_cost < cost_of_doing_nothing as is_best
from costs
order by
    source_system,
    risk_type,
    threshold
