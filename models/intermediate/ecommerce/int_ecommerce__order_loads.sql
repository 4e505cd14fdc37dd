-- Grain: one transaction and one load that touches it.
-- A transaction is touched by the loads of its header, of its items, and of the item master whose
-- price or weight its lines take.
with transactions as (
    select * from {{ ref('stg_ecommerce__transactions') }}
),

items as (
    select * from {{ ref('stg_ecommerce__transaction_items') }}
),

item_versions as (
    select * from {{ ref('int_ecommerce__item_versions') }}
),

touched as (
    select
        order_id,
        load_id
    from transactions
    union
    select
        order_id,
        load_id
    from items
    union
    select
        items.order_id,
        item_versions.load_id
    from items
    inner join transactions
        on items.order_id = transactions.order_id
    inner join item_versions
        on
            items.product_id = item_versions.product_id
            and transactions.ordered_at >= item_versions.valid_from
            and transactions.ordered_at
            < coalesce(item_versions.valid_to, cast('9999-12-31' as date))
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        order_id,
        load_id
    from touched
)

select * from final
