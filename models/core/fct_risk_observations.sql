-- Grain: one observation of the labelled data set that is current.
{{ config(indexes=unique_index(['source_system', 'observation_number'])) }}

with risk_observations as (
    {{ union_sources('risk_observations') }}
),

final as (
    select
        source_system,
        observation_number,
        age,
        kids_count,
        pets_count,
        siblings_count,
        income,
        has_risk,
        load_id
    from risk_observations
)

select * from final
{{ kept_rows() }}
