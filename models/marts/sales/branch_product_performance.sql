-- Grain: one product in one store in one currency, revenue lines only. Orders and customers do not
-- add up over products, nor customers over stores. A view: a day's sales shift most ranks, so they
-- are worked out when they are read, of the stores that are asked for.
{{ config(materialized='view') }}

with stores as (
    select * from {{ ref('dim_store') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by store_key, currency_code
            order by net_amount desc, quantity desc, product_id asc
        ) as net_rank,
        row_number() over (
            partition by store_key, currency_code
            order by quantity desc, net_amount desc, product_id asc
        ) as quantity_rank
    from {{ ref('store_products') }}
),

final as (
    select
        stores.source_system,
        ranked.store_key,
        stores.store_id,
        stores.store_name,
        ranked.product_key,
        products.product_id,
        products.product_name,
        ranked.currency_code,
        ranked.quantity,
        ranked.net_amount,
        case
            when ranked.net_reporting_unrounded is not null
                then {{ reporting_currency() }}
        end as reporting_currency_code,
        cast(ranked.net_reporting_unrounded as numeric(18, 4)) as net_reporting_amount,
        ranked.orders,
        ranked.customers,
        cast(ranked.net_rank as integer) as net_rank,
        cast(ranked.quantity_rank as integer) as quantity_rank
    from ranked
    inner join stores
        on ranked.store_key = stores.store_key
    inner join products
        on ranked.product_key = products.product_key
)

select * from final
