-- Grain: one product whose category is known.
{{
    config(
        materialized='incremental',
        incremental_strategy='product_moves',
        on_schema_change='fail',
        pre_hook="{{ open_moves() }}",
        indexes=unique_index(['product_key']),
        meta={'feeds': ['customer_new_categories']}
    )
}}

-- depends_on: {{ ref('fct_order_lines') }}
-- depends_on: {{ ref('fct_orders') }}

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
