-- Grain: one order of one source. Amounts sum all its lines; they are in currency_code and add up
-- only within one currency. revenue_amount counts revenue lines only.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['order_key']) + index(['customer_key', 'order_date'])
            + index(['order_date', 'store_key']),
        meta={
            'takes_in': 'order_loads',
            'rebuilt_by': ['order_key', 'source_system', 'order_id'],
            'after': ['fct_order_lines']
        }
    )
}}

with orders as (
    {{ union_sources('orders', touched=true) }}
),

lines as (
    select * from {{ touched(ref('fct_order_lines')) }}
),

line_totals as (
    select
        order_key,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        case when count(*) = count(cost_amount) then sum(cost_amount) end as cost_amount,
        sum(case when is_revenue then net_amount else 0 end) as revenue_amount,
        max(case when line_type = 'sale' and quantity > 0 then 1 else 0 end) = 1 as is_purchase
    from lines
    group by order_key
),

keyed as (
    select
        orders.*,
        {{ surrogate_key('orders.source_system', 'orders.order_id') }} as order_key,
        {{ surrogate_key('orders.source_system', 'orders.customer_id', blank='anonymous') }}
            as customer_key,
        {{ surrogate_key('orders.source_system', 'orders.store_id') }} as store_key
    from orders
),

final as (
    select
        keyed.order_key,
        keyed.source_system,
        keyed.order_id,
        keyed.customer_key,
        keyed.store_key,
        {{ surrogate_key('keyed.source_system', 'keyed.payment_method') }} as payment_method_key,
        {{ surrogate_key('keyed.source_system', 'keyed.order_status') }} as order_status_key,
        keyed.customer_id,
        keyed.store_id,
        cast(keyed.ordered_at as date) as order_date,
        keyed.ordered_at,
        keyed.payment_method as payment_method_code,
        keyed.order_status,
        cast(coalesce(line_totals.is_purchase, false) as boolean) as is_purchase,
        cast(coalesce(line_totals.line_count, 0) as integer) as line_count,
        cast(coalesce(line_totals.quantity, 0) as numeric(18, 4)) as quantity,
        cast(coalesce(line_totals.gross_amount, 0) as numeric(18, 4)) as gross_amount,
        cast(coalesce(line_totals.discount_amount, 0) as numeric(18, 4)) as discount_amount,
        cast(coalesce(line_totals.net_amount, 0) as numeric(18, 4)) as net_amount,
        cast(line_totals.cost_amount as numeric(18, 4)) as cost_amount,
        cast(coalesce(line_totals.revenue_amount, 0) as numeric(18, 4)) as revenue_amount,
        keyed.stated_total_amount,
        keyed.currency_code,
        keyed.load_id
    from keyed
    left join line_totals
        on keyed.order_key = line_totals.order_key
)

select * from final
{{ kept_rows() if not is_scoped() }}
