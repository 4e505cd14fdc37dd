-- Grain: one product on one ticket.
-- The purchase history: a product repeated on a ticket is one line with a quantity.
with ticket_products as (
    select * from {{ ref('int_cafe__ticket_products') }}
),

purchases as (
    select
        load_id,
        order_id,
        product_id,
        price,
        count(*) as quantity,
        min(position) as first_position
    from ticket_products
    group by load_id, order_id, product_id, price
),

numbered as (
    select
        *,
        row_number() over (
            partition by load_id, order_id
            order by first_position
        ) as line_number
    from purchases
),

final as (
    select
        cast('cafe' as varchar(32)) as source_system,
        order_id,
        line_number,
        product_id,
        cast('sale' as varchar(64)) as line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        price as unit_price,
        cast(coalesce(price, 0) * quantity as numeric(18, 4)) as gross_amount,
        cast(0 as numeric(18, 4)) as discount_amount,
        cast(coalesce(price, 0) * quantity as numeric(18, 4)) as net_amount,
        cast(null as numeric(18, 4)) as cost_amount,
        cast(0 as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id,
        load_id
    from numbered
)

select * from final
