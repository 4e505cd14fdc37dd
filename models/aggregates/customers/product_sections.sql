-- Grain: one grocery product of the product master that the household summary counts.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['product_key']),
        meta={
            'only_from': ['grocery'],
            'compared_by': ['product_key'],
            'reaches': ['fct_order_lines']
        }
    )
}}

-- depends_on: {{ ref('fct_order_lines') }}

with products as (
    select * from {{ ref('dim_product') }}
    where
        source_system = 'grocery'
        and not is_inferred
        and not is_unknown
),

commodity_sections as (
    select * from {{ ref('xwalk_grocery_commodity_sections') }}
),

final as (
    select
        products.product_key,
        products.product_id,
        cast(coalesce(commodity_sections.section, 'misc') as varchar(64)) as section
    from products
    left join commodity_sections
        on products.category = commodity_sections.commodity_desc
    where
        coalesce(products.category, '') <> 'GASOLINE-REG UNLEADED'
        and coalesce(products.subcategory, '') <> 'GASOLINE-REG UNLEADED'
)

select * from final
