-- Grain: one day of one store in one currency, revenue lines only. Customers do not add up: one may
-- come on several days and to several stores.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['store_key', 'order_date', 'currency_code']) + index(['order_date']),
        meta={
            'rebuilt_by': ['store_key', 'order_date'],
            'after': ['fct_orders', 'reporting_rates']
        }
    )
}}

with orders as (
    select
        order_key,
        source_system,
        store_key,
        store_id,
        order_date,
        currency_code,
        case when customer_id is not null then customer_key end as identified_customer_key
    from {{ touched(ref('fct_orders')) }}
),

revenue_lines as (
    select lines.*
    from {{ ref('fct_order_lines') }} as lines
    inner join orders
        on lines.order_key = orders.order_key
    where lines.is_revenue
),

line_totals as (
    select
        order_key,
        count(*) as line_count,
        count(cost_amount) as lines_of_known_cost,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        sum(cost_amount) as cost_amount
    from revenue_lines
    group by order_key
),

store_days as (
    select
        max(orders.source_system) as source_system,
        orders.store_key,
        max(orders.store_id) as store_id,
        orders.order_date,
        orders.currency_code,
        count(*) as orders,
        count(distinct orders.identified_customer_key) as customers,
        sum(line_totals.line_count) as line_count,
        sum(line_totals.quantity) as quantity,
        sum(line_totals.gross_amount) as gross_amount,
        sum(line_totals.discount_amount) as discount_amount,
        sum(line_totals.net_amount) as net_amount,
        case
            when sum(line_totals.lines_of_known_cost) = sum(line_totals.line_count)
                then sum(line_totals.cost_amount)
        end as cost_amount
    from orders
    inner join line_totals
        on orders.order_key = line_totals.order_key
    group by
        orders.store_key,
        orders.order_date,
        orders.currency_code
),

factors as (
    {{ reporting_factors('store_days') }}
),

converted as (
    select
        store_days.*,
        factors.reporting_currency_code,
        {{ reporting_amount('store_days.gross_amount', 'factors') }} as gross_reporting_amount,
        {{ reporting_amount('store_days.net_amount', 'factors') }} as net_reporting_amount,
        {{ reporting_amount('store_days.cost_amount', 'factors') }} as cost_reporting_amount
    from store_days
    left join factors
        on
            store_days.currency_code = factors.currency_code
            and store_days.order_date = factors.order_date
),

final as (
    select
        cast(source_system as varchar(32)) as source_system,
        store_key,
        cast(store_id as varchar(256)) as store_id,
        order_date,
        currency_code,
        cast(orders as integer) as orders,
        cast(customers as integer) as customers,
        cast(line_count as integer) as lines,
        cast(quantity as numeric(18, 4)) as quantity,
        cast(gross_amount as numeric(18, 4)) as gross_amount,
        cast(discount_amount as numeric(18, 4)) as discount_amount,
        cast(net_amount as numeric(18, 4)) as net_amount,
        cast(cost_amount as numeric(18, 4)) as cost_amount,
        cast(net_amount - cost_amount as numeric(18, 4)) as profit_amount,
        reporting_currency_code,
        gross_reporting_amount,
        cast(gross_reporting_amount - net_reporting_amount as numeric(18, 4))
            as discount_reporting_amount,
        net_reporting_amount,
        cost_reporting_amount,
        cast(net_reporting_amount - cost_reporting_amount as numeric(18, 4))
            as profit_reporting_amount
    from converted
)

select * from final
