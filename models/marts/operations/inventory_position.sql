-- Grain: one product at one location of one source; a backorder for no stock is shown without a
-- location.
{{
    config(
        indexes=unique_index(['product_key', 'location']),
        meta={'only_from': entity_sources('inventory') + entity_sources('backorders')}
    )
}}

with inventory as (
    select * from {{ ref('fct_inventory') }}
),

backorders as (
    select * from {{ ref('fct_backorders') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

open_backorders as (
    select
        source_system,
        product_key,
        location,
        count(*) as backorder_count,
        sum(coalesce(quantity, 0)) as quantity
    from backorders
    where is_open
    group by source_system, product_key, location
),

positions as (
    select
        coalesce(inventory.source_system, open_backorders.source_system) as source_system,
        coalesce(inventory.product_key, open_backorders.product_key) as product_key,
        coalesce(inventory.location, open_backorders.location) as location,
        inventory.product_key is not null as is_stocked,
        coalesce(inventory.quantity, 0) as quantity,
        coalesce(open_backorders.backorder_count, 0) as open_backorder_count,
        coalesce(open_backorders.quantity, 0) as open_backorder_quantity
    from inventory
    full outer join open_backorders
        on
            inventory.product_key = open_backorders.product_key
            and inventory.location = open_backorders.location
),

final as (
    select
        positions.source_system,
        positions.product_key,
        positions.location,
        products.product_id,
        products.product_name,
        products.category,
        positions.is_stocked,
        cast(positions.quantity as numeric(18, 4)) as quantity,
        cast(positions.open_backorder_count as bigint) as open_backorder_count,
        cast(positions.open_backorder_quantity as numeric(18, 4)) as open_backorder_quantity,
        positions.quantity <= {{ var('low_stock_quantity') }} as is_low_stock,
        positions.quantity < 0 as is_oversold,
        positions.open_backorder_count > 0 as has_open_backorder,
        positions.quantity <= {{ var('low_stock_quantity') }}
        and positions.open_backorder_count > 0 as is_low_with_open_backorder
    from positions
    inner join products
        on positions.product_key = products.product_key
)

select * from final
