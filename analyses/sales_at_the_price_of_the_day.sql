-- What was sold at each list price: every sale as of its day, by the price that held then and not
-- by today's. Any fact joins its history in this way.
with order_lines as (
    select * from {{ ref('fct_order_lines') }}
    where line_type = 'sale'
),

versions as (
    select * from {{ ref('dim_product_history') }}
    where list_price is not null
),

final as (
    select
        versions.source_system,
        versions.product_id,
        versions.product_name,
        versions.valid_from,
        versions.valid_to,
        versions.list_price,
        order_lines.currency_code,
        sum(order_lines.quantity) as quantity,
        sum(order_lines.quantity * versions.list_price) as list_amount,
        sum(order_lines.net_amount) as net_amount
    from order_lines
    inner join versions
        on
            order_lines.product_key = versions.product_key
            and order_lines.order_date >= versions.valid_from
            and order_lines.order_date < versions.valid_to
    group by
        versions.source_system,
        versions.product_id,
        versions.product_name,
        versions.valid_from,
        versions.valid_to,
        versions.list_price,
        order_lines.currency_code
)

select * from final
order by source_system, product_id, valid_from, currency_code
