-- Grain: one product that coupons of one campaign with known dates are good for, with the days that
-- are compared.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['product_key', 'campaign_key']),
        meta={
            'only_from': entity_sources('campaigns'),
            'compared_by': ['product_key'],
            'reaches': ['fct_order_lines']
        }
    )
}}

-- depends_on: {{ ref('fct_order_lines') }}

with windows as (
    select * from {{ ref('campaign_windows') }}
),

-- A product may be on several of a campaign's coupons.
own_products as (
    select
        campaign_key,
        product_key,
        max(product_id) as product_id
    from {{ ref('bridge_coupon_product') }}
    group by campaign_key, product_key
),

final as (
    select
        windows.source_system,
        own_products.campaign_key,
        windows.campaign_id,
        own_products.product_key,
        cast(own_products.product_id as varchar(256)) as product_id,
        windows.before_start_date,
        windows.start_date,
        windows.end_date,
        windows.after_end_date,
        windows.currency_code,
        windows.is_converted
    from own_products
    inner join windows
        on own_products.campaign_key = windows.campaign_key
)

select * from final
