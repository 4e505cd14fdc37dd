with lines as (
    select
        source_system,
        order_date,
        currency_code,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        sum(case when is_revenue then net_amount else 0 end) as revenue_amount
    from {{ ref('fct_order_lines') }}
    group by source_system, order_date, currency_code
),

orders as (
    select
        source_system,
        order_date,
        currency_code,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(net_amount) as net_amount,
        sum(revenue_amount) as revenue_amount
    from {{ ref('fct_orders') }}
    group by source_system, order_date, currency_code
),

compared as (
    select
        coalesce(orders.source_system, lines.source_system) as source_system,
        coalesce(orders.order_date, lines.order_date) as order_date,
        coalesce(orders.currency_code, lines.currency_code) as currency_code,
        coalesce(orders.line_count, 0) - coalesce(lines.line_count, 0) as line_count_difference,
        coalesce(orders.quantity, 0) - coalesce(lines.quantity, 0) as quantity_difference,
        coalesce(orders.net_amount, 0) - coalesce(lines.net_amount, 0) as net_amount_difference,
        coalesce(orders.revenue_amount, 0) - coalesce(lines.revenue_amount, 0)
            as revenue_amount_difference
    from orders
    full outer join lines
        on
            orders.source_system = lines.source_system
            and orders.order_date = lines.order_date
            and orders.currency_code = lines.currency_code
)

select * from compared
where
    line_count_difference <> 0
    or quantity_difference <> 0
    or net_amount_difference <> 0
    or revenue_amount_difference <> 0
