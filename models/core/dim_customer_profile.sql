-- Grain: one customer of whom a profile is known.
{{ config(indexes=unique_index(['customer_key'])) }}

with customer_profiles as (
    {{ union_sources('customer_profiles') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'customer_id') }} as customer_key,
        source_system,
        customer_id,
        age,
        age_band,
        marital_status,
        income,
        income_band,
        household_size_band,
        household_composition,
        homeowner_status,
        kids_band,
        kids_count,
        pets_count,
        siblings_count
    from customer_profiles
)

select * from final
{{ kept_rows() }}
