-- Grain: one line of one order of one source. Amounts are in currency_code and add up only within
-- one currency; unit_price does not add up.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['order_key', 'line_number'])
            + index(['product_key', 'store_key']) + index(['product_key', 'customer_key'])
            + index(['employee_key']) + index(['supplier_key']),
        meta={
            'takes_in': 'order_loads',
            'rebuilt_by': ['order_key', 'source_system', 'order_id']
        }
    )
}}

with order_lines as (
    {{ union_sources('order_lines', touched=true) }}
),

orders as (
    {{ union_sources('orders', touched=true) }}
),

-- A line whose header has not arrived waits in staging (marts.late_arrivals).
with_header as (
    select
        order_lines.*,
        orders.customer_id,
        orders.store_id,
        orders.employee_id,
        orders.ordered_at,
        orders.currency_code
    from order_lines
    inner join orders
        on
            order_lines.source_system = orders.source_system
            and order_lines.order_id = orders.order_id
),

final as (
    select
        {{ surrogate_key('source_system', 'order_id') }} as order_key,
        source_system,
        order_id,
        line_number,
        {{ surrogate_key('source_system', 'customer_id', blank='anonymous') }} as customer_key,
        {{ surrogate_key('source_system', 'product_id') }} as product_key,
        {{ surrogate_key('source_system', 'store_id') }} as store_key,
        {{ surrogate_key('source_system', 'employee_id') }} as employee_key,
        {{ surrogate_key('source_system', 'supplier_id') }} as supplier_key,
        product_id,
        employee_id,
        supplier_id,
        cast(ordered_at as date) as order_date,
        line_type,
        line_type in ('sale', 'return', 'exchange') as is_revenue,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        net_amount,
        cost_amount,
        manufacturer_coupon_amount,
        cast(weight_kg as numeric(18, 4)) as weight_kg,
        currency_code,
        load_id
    from with_header
)

select * from final
{{ kept_rows() if not is_scoped() }}
