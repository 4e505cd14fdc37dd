-- Grain: one identified customer of one source, over all its orders, whatever as_of_date says.
{{
    config(
        materialized='incremental',
        incremental_strategy='order_scope',
        on_schema_change='fail',
        pre_hook="{{ open_key_scope() }}",
        indexes=unique_index(['customer_key']),
        meta={'scope_keys': ['customer_key']}
    )
}}

with customer_days as (
    select days.*
    from {{ ref('customer_days') }} as days
    {%- if is_scoped() %}
    inner join customer_totals__scope as touched
        on days.customer_key = touched.customer_key
    {%- endif %}
    where days.customer_id is not null
),

final as (
    {{ customer_totals('customer_days') }}
)

select * from final
