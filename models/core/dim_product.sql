-- Grain: one product of one source, and each source's unknown product.
{{ config(indexes=unique_index(['product_key']) + index(['source_system', 'product_id'])) }}

with products as (
    {{ union_sources('products') }}
),

sources as (
    {{ rows_of_sources('products') }}
),

seen as (
    {{ seen_ids(ref('fct_order_lines'), 'product_key', 'product_id') }}
    union all
    {{ seen_ids(ref('fct_promotions_weekly'), 'product_key', 'product_id') }}
    union all
    {{ seen_ids(ref('bridge_coupon_product'), 'product_key', 'product_id') }}
    union all
    select
        source_system,
        product_id
    from {{ ref('fct_inventory') }}
    group by source_system, product_id
    union all
    select
        source_system,
        product_id
    from {{ ref('fct_backorders') }}
    group by source_system, product_id
),

members as (
    select
        source_system,
        product_id
    from products
    union
    select
        source_system,
        product_id
    from seen
    union
    select
        source_system,
        cast(null as varchar(256)) as product_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.product_id') }} as product_key,
        members.source_system,
        members.product_id,
        products.product_name,
        products.brand,
        products.manufacturer,
        products.department,
        products.category,
        products.subcategory,
        products.size,
        products.list_price,
        products.unit_cost,
        products.weight_kg,
        products.supplier_id,
        members.product_id is not null and products.product_id is null as is_inferred,
        members.product_id is null as is_unknown
    from members
    left join products
        on
            members.source_system = products.source_system
            and members.product_id = products.product_id
)

select * from final
{{ kept_rows() }}
