-- Grain: one identified customer of one source, over all its orders, whatever as_of_date says.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['customer_key']),
        meta={'rebuilt_by': ['customer_key'], 'after': ['customer_days']}
    )
}}

with customer_days as (
    select * from {{ touched(ref('customer_days')) }}
    where customer_id is not null
),

final as (
    {{ customer_totals('customer_days') }}
)

select * from final
