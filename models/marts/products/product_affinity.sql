-- Grain: an ordered pair of products a → b of one source, seen together in purchases.
{{
    config(
        tags=['weekly'],
        indexes=unique_index(['product_key_a', 'product_key_b']) + index(['product_key_b'])
    )
}}

with purchases as (
    select
        source_system,
        count(*) as purchases
    from {{ ref('fct_orders') }}
    where is_purchase
    group by source_system
),

-- A product counts once in a purchase, however many lines it has there. Sales of a product without
-- an id are not known to be of one product, and are left out.
purchase_items as (
    select
        source_system,
        order_key,
        product_key,
        max(product_id) as product_id
    from {{ ref('fct_order_lines') }}
    where
        line_type = 'sale'
        and quantity > 0
        and product_id is not null
    group by source_system, order_key, product_key
),

-- No pair is seen more often than either of its products: all others go before pairs are made.
products as (
    select
        source_system,
        product_key,
        max(product_id) as product_id,
        count(*) as orders,
        row_number() over (order by product_key) as product_number
    from purchase_items
    group by source_system, product_key
    having count(*) >= {{ var('affinity_min_orders') }}
),

frequent_items as (
    select
        purchase_items.order_key,
        products.product_number
    from purchase_items
    inner join products
        on purchase_items.product_key = products.product_key
),

-- Tens of millions of rows: one number for a pair, in order, is counted several times faster than
-- two keys are.
meetings as (
    select items_a.product_number * 1000000000 + items_b.product_number as pair_number
    from frequent_items as items_a
    inner join frequent_items as items_b
        on
            items_a.order_key = items_b.order_key
            and items_a.product_number < items_b.product_number
    {{ in_order('pair_number') }}
),

pairs as (
    select
        pair_number / 1000000000 as lower_number,
        mod(pair_number, 1000000000) as higher_number,
        count(*) as orders
    from meetings
    group by pair_number
    having count(*) >= {{ var('affinity_min_orders') }}
),

ordered_pairs as (
    select
        lower_number as number_a,
        higher_number as number_b,
        orders
    from pairs
    union all
    select
        higher_number as number_a,
        lower_number as number_b,
        orders
    from pairs
),

counted as (
    select
        products_a.source_system,
        products_a.product_key as product_key_a,
        products_b.product_key as product_key_b,
        products_a.product_id as product_id_a,
        products_b.product_id as product_id_b,
        cast(products_a.orders as double precision) as orders_a,
        cast(products_b.orders as double precision) as orders_b,
        cast(ordered_pairs.orders as double precision) as orders_both,
        cast(purchases.purchases as double precision) as purchases
    from ordered_pairs
    inner join products as products_a
        on ordered_pairs.number_a = products_a.product_number
    inner join products as products_b
        on ordered_pairs.number_b = products_b.product_number
    inner join purchases
        on products_a.source_system = purchases.source_system
),

-- One division each, so that equal ratios are equal numbers.
final as (
    select
        source_system,
        product_key_a,
        product_key_b,
        product_id_a,
        product_id_b,
        cast(orders_a as integer) as orders_a,
        cast(orders_b as integer) as orders_b,
        cast(orders_both as integer) as orders_both,
        cast(orders_both / purchases as double precision) as support,
        cast(orders_both / orders_a as double precision) as confidence,
        cast((orders_both * purchases) / (orders_a * orders_b) as double precision) as lift
    from counted
)

select * from final
