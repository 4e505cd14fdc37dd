-- Grain: one line of a basket that counts.
-- sales_amount is what the shop received. Discounts come as negative amounts; the manufacturer's
-- coupon is paid by the manufacturer and is not part of gross, discount and net.
with basket_lines as (
    select * from {{ ref('int_grocery__basket_lines') }}
),

amounts as (
    select
        *,
        cast(
            sales_amount - retail_discount_amount - coupon_match_discount_amount as numeric(18, 4)
        ) as gross_amount
    from basket_lines
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        order_id,
        line_number,
        product_id,
        {{ line_type('quantity') }} as line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(gross_amount / nullif(quantity, 0) as numeric(18, 4)) as unit_price,
        gross_amount,
        cast(
            -(retail_discount_amount + coupon_match_discount_amount) as numeric(18, 4)
        ) as discount_amount,
        sales_amount as net_amount,
        cast(null as numeric(18, 4)) as cost_amount,
        cast(-coupon_discount_amount as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id,
        load_id
    from amounts
)

select * from final
