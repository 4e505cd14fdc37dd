-- Grain: one line of an order that counts.
-- gross is quantity × unit_price. What a piece cost is what the line says: a master that changes
-- later must not change the profit of the past.
with numbered_lines as (
    select * from {{ ref('int_standard__numbered_lines') }}
),

signed as (
    select
        order_id,
        line_number,
        product_id,
        line_type,
        unit_price,
        load_id,
        {{ signed_amount('given_quantity', 'given_quantity', 'line_type') }} as quantity,
        cast(
            {{ signed_amount('given_quantity * unit_price', 'given_quantity', 'line_type') }}
            as numeric(18, 4)
        ) as gross_amount,
        {{ signed_with_quantity('given_discount_amount', 'given_quantity', 'line_type') }}
            as discount_amount,
        cast(
            {{ signed_amount('given_quantity * unit_cost', 'given_quantity', 'line_type') }}
            as numeric(18, 4)
        ) as cost_amount
    from numbered_lines
),

final as (
    select
        cast('standard' as varchar(32)) as source_system,
        order_id,
        line_number,
        product_id,
        line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(case when quantity <> 0 then unit_price end as numeric(18, 4)) as unit_price,
        gross_amount,
        cast(discount_amount as numeric(18, 4)) as discount_amount,
        cast(gross_amount - discount_amount as numeric(18, 4)) as net_amount,
        cost_amount,
        cast(0 as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(null as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id,
        load_id
    from signed
)

select * from final
