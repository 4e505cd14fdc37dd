-- Grain: one item, with its price and weight and the days they hold, valid_to not included.
-- A table, since a run asks for the few items of each touched transaction by themselves.
{{ config(materialized='table', indexes=index(['product_id'])) }}

with versions as (
    {{ snapshot_versions('ecommerce', 'products', ['product_id']) }}
),

final as (
    select
        product_id,
        list_price,
        weight_kg,
        valid_from,
        valid_to,
        load_id
    from versions
)

select * from final
