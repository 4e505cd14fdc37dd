-- Grain: one line of a transaction that counts.
-- gross is quantity × unit_price; where the line has no price, the item's price on the day of the
-- transaction holds. A line with neither waits for the item (int_ecommerce__control_rows), as one
-- without a header does.
with transaction_lines as (
    select * from {{ ref('int_ecommerce__transaction_lines') }}
),

headers as (
    select * from {{ ref('int_ecommerce__transaction_headers') }}
),

item_versions as (
    select * from {{ ref('int_ecommerce__item_versions') }}
),

priced as (
    select
        lines.order_id,
        lines.line_number,
        lines.product_id,
        {{ line_type('lines.given_quantity') }} as line_type,
        lines.given_quantity as quantity,
        coalesce(lines.given_unit_price, item_versions.list_price) as unit_price,
        item_versions.weight_kg as unit_weight_kg,
        lines.load_id
    from transaction_lines as lines
    inner join headers
        on lines.order_id = headers.order_id
    left join item_versions
        on
            lines.product_id = item_versions.product_id
            and headers.order_date >= item_versions.valid_from
            and headers.order_date < coalesce(item_versions.valid_to, cast('9999-12-31' as date))
),

final as (
    select
        cast('ecommerce' as varchar(32)) as source_system,
        order_id,
        line_number,
        product_id,
        line_type,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(case when quantity <> 0 then unit_price end as numeric(18, 4)) as unit_price,
        cast(quantity * unit_price as numeric(18, 4)) as gross_amount,
        cast(0 as numeric(18, 4)) as discount_amount,
        cast(quantity * unit_price as numeric(18, 4)) as net_amount,
        -- What an item cost the shop is not known: the master's cost is the price.
        cast(null as numeric(18, 4)) as cost_amount,
        cast(0 as numeric(18, 4)) as manufacturer_coupon_amount,
        cast(quantity * unit_weight_kg as numeric(18, 4)) as weight_kg,
        cast(null as varchar(256)) as supplier_id,
        load_id
    from priced
    where unit_price is not null
)

select * from final
