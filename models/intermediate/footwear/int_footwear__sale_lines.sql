-- Grain: one live line of a sale. A sale may come in several files. Its lines are told apart by
-- product, size and colour; where a later file repeats one, that file has the whole sale and what
-- earlier files said of it is superseded. Otherwise the files add up.
-- Every window holds order_id, so that one sale can be read by itself.
with sales as (
    select * from {{ ref('stg_footwear__sales') }}
),

live_lines as (
    {{ lines_not_superseded(
        'sales', ['product_id', 'size', 'color_id'], ref('stg_ops__rejected_orders')
    ) }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by order_id
            order by load_id, file_line
        ) as line_number,
        min(ordered_at) over (partition by order_id) as first_ordered_at
    from live_lines
),

final as (
    select
        order_id,
        line_number,
        product_id,
        -- Characters 7 and 8 of the SKU name the supplier.
        nullif(substring(product_id, 7, 2), '') as supplier_id,
        store_id,
        employee_id,
        payment_method,
        sales_category,
        quantity,
        unit_price,
        unit_cost,
        first_ordered_at as ordered_at,
        load_id
    from numbered
)

select * from final
