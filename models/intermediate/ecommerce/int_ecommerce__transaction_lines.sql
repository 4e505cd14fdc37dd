-- Grain: one live line of a transaction. Its lines may come in several files and are told apart by
-- their item; where a later file repeats one, that file has all lines and what earlier files said
-- of them is superseded. Otherwise the files add up.
-- Every window holds order_id, so that one transaction can be read by itself.
with items as (
    select * from {{ ref('stg_ecommerce__transaction_items') }}
),

live_lines as (
    {{ lines_not_superseded('items', ['product_id'], ref('stg_ops__rejected_orders')) }}
),

final as (
    select
        order_id,
        row_number() over (
            partition by order_id
            order by load_id, file_line
        ) as line_number,
        product_id,
        given_quantity,
        given_unit_price,
        load_id
    from live_lines
)

select * from final
