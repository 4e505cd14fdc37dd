with unequal_orders as (
    select * from {{ ref('fct_orders') }}
    where stated_total_amount <> net_amount
),

-- What an order gave back as a whole, on lines below number 0, its total does not know.
refunds as (
    select
        lines.order_key,
        sum(lines.net_amount) as net_amount
    from {{ ref('fct_order_lines') }} as lines
    inner join unequal_orders
        on lines.order_key = unequal_orders.order_key
    where lines.line_number < 0
    group by lines.order_key
),

orders as (
    select
        unequal_orders.source_system,
        unequal_orders.order_id,
        unequal_orders.load_id,
        unequal_orders.order_date,
        unequal_orders.currency_code,
        unequal_orders.stated_total_amount,
        unequal_orders.net_amount - coalesce(refunds.net_amount, 0) as net_amount
    from unequal_orders
    left join refunds
        on unequal_orders.order_key = refunds.order_key
    where
        unequal_orders.stated_total_amount
        <> unequal_orders.net_amount - coalesce(refunds.net_amount, 0)
),

accepted_differences as (
    select * from {{ ref('accepted_differences') }}
),

-- An order may wait for all of its lines, or for the price of some.
waiting_orders as (
    select
        source_system,
        order_id
    from {{ ref('late_arrivals') }}
    where missing_part in ('lines', 'price')
    group by source_system, order_id
),

load_history as (
    select * from {{ ref('load_history') }}
)

select
    orders.source_system,
    orders.order_id,
    load_history.file_name,
    orders.order_date,
    orders.currency_code,
    orders.stated_total_amount,
    orders.net_amount,
    orders.stated_total_amount - orders.net_amount as difference_amount
from orders
left join load_history
    on orders.load_id = load_history.load_id
left join accepted_differences
    on
        orders.source_system = accepted_differences.source_system
        and orders.order_id = accepted_differences.order_id
        and orders.stated_total_amount - orders.net_amount = accepted_differences.difference_amount
left join waiting_orders
    on
        orders.source_system = waiting_orders.source_system
        and orders.order_id = waiting_orders.order_id
where
    accepted_differences.order_id is null
    and waiting_orders.order_id is null
