-- Grain: one line of an order that counts.
-- The total of the order is binding: what a piece cost then follows from it, whatever the product
-- costs now.
with numbered_orders as (
    select * from {{ ref('int_electronics__numbered_orders') }}
),

final as (
    select
        cast('electronics' as varchar(32)) as source_system,
        order_id,
        cast(line_number as integer) as line_number,
        product_id,
        line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(gross_amount / nullif(quantity, 0) as numeric(18, 4)) as unit_price,
        gross_amount,
        cast(0 as numeric(18, 4)) as discount_amount,
        gross_amount as net_amount,
        cast(null as numeric(18, 4)) as cost_amount,
        cast(0 as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id,
        load_id
    from numbered_orders
)

select * from final
