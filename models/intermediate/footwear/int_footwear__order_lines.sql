-- Grain: one line of a sale that counts.
-- Revenue is quantity × unit_price, cost quantity × unit_cost: the profit of a line counts every
-- piece of it.
with sale_lines as (
    select * from {{ ref('int_footwear__sale_lines') }}
),

line_types as (
    select * from {{ ref('xwalk_sales_categories') }}
    where source_system = 'footwear'
),

typed as (
    select
        sale_lines.*,
        case
            when sale_lines.sales_category is null then {{ line_type('sale_lines.quantity') }}
            else coalesce(line_types.line_type, 'unmapped')
        end as line_type
    from sale_lines
    left join line_types
        on sale_lines.sales_category = line_types.source_code
),

signed as (
    select
        order_id,
        line_number,
        product_id,
        supplier_id,
        line_type,
        unit_price,
        load_id,
        {{ signed_amount('quantity', 'quantity', 'line_type') }} as quantity,
        cast(
            {{ signed_amount('quantity * unit_price', 'quantity', 'line_type') }}
            as numeric(18, 4)
        ) as gross_amount,
        cast(
            {{ signed_amount('quantity * unit_cost', 'quantity', 'line_type') }}
            as numeric(18, 4)
        ) as cost_amount
    from typed
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        order_id,
        line_number,
        product_id,
        line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(case when quantity <> 0 then unit_price end as numeric(18, 4)) as unit_price,
        gross_amount,
        cast(0 as numeric(18, 4)) as discount_amount,
        gross_amount as net_amount,
        cost_amount,
        cast(0 as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(null as numeric(18, 4)) as weight_kg,
        supplier_id,
        load_id
    from signed
)

select * from final
