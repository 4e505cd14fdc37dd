-- Grain: one live line of a basket. A basket may come in several files. Its lines are told apart by
-- product; where a later file repeats one, that file has the whole basket and what earlier files
-- said of it is superseded. Otherwise the files add up.
-- Every window holds order_id, so that one basket can be read by itself, and asks for the same
-- order, so that all are served by one sort.
with lines as (
    select * from {{ ref('stg_grocery__transactions') }}
),

live_lines as (
    {{ lines_not_superseded('lines', ['product_number'], ref('stg_ops__rejected_orders')) }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by order_id
            order by product_number, load_id, file_line
        ) as line_number
    from live_lines
),

final as (
    select
        order_id,
        line_number,
        customer_id,
        product_id,
        store_id,
        week_number,
        quantity,
        sales_amount,
        retail_discount_amount,
        coupon_discount_amount,
        coupon_match_discount_amount,
        order_date,
        time_of_day,
        load_id
    from numbered
)

select * from final
