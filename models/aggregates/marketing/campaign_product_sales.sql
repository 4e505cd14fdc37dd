-- Grain: one of a campaign's own products that was sold to its exposed, or unexposed, households.
{{
    config(
        indexes=unique_index(['campaign_key', 'product_key', 'is_exposed']),
        meta={'only_from': entity_sources('campaigns')}
    )
}}

with campaign_products as (
    select * from {{ ref('campaign_products') }}
),

purchases as (
    select * from {{ ref('campaign_purchases') }}
),

households as (
    select * from {{ ref('campaign_households') }}
),

product_sales as (
    select
        purchases.campaign_key,
        purchases.product_key,
        households.is_exposed,
        max(purchases.currency_code) as currency_code,
        sum(purchases.before_unrounded) as before_amount,
        sum(purchases.during_unrounded) as during_amount,
        sum(purchases.after_unrounded) as after_amount
    from purchases
    inner join households
        on
            purchases.campaign_key = households.campaign_key
            and purchases.customer_key = households.customer_key
    group by
        purchases.campaign_key,
        purchases.product_key,
        households.is_exposed
),

final as (
    select
        campaign_products.source_system,
        product_sales.campaign_key,
        campaign_products.campaign_id,
        product_sales.product_key,
        campaign_products.product_id,
        product_sales.is_exposed,
        cast(product_sales.before_amount as numeric(18, 4)) as before_amount,
        cast(product_sales.during_amount as numeric(18, 4)) as during_amount,
        cast(product_sales.after_amount as numeric(18, 4)) as after_amount,
        cast(product_sales.currency_code as varchar(3)) as currency_code
    from product_sales
    inner join campaign_products
        on
            product_sales.campaign_key = campaign_products.campaign_key
            and product_sales.product_key = campaign_products.product_key
)

select * from final
