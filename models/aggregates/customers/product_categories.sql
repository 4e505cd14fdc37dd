-- Grain: one product whose category is known.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['product_key']),
        meta={'compared_by': ['product_key'], 'reaches': ['fct_order_lines']}
    )
}}

-- depends_on: {{ ref('fct_order_lines') }}

with products as (
    select * from {{ ref('dim_product') }}
),

final as (
    select
        source_system,
        product_key,
        {{ surrogate_key('source_system', 'category') }} as category_key
    from products
    where category is not null
)

select * from final
