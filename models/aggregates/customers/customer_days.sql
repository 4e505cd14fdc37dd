-- Grain: one customer of one source on one day in one currency; a source's sales without a customer
-- count under its anonymous member, so that they count for the source's last order.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['customer_key', 'order_date', 'currency_code']),
        meta={
            'rebuilt_by': ['customer_key', 'order_date'],
            'after': ['fct_orders', 'reporting_rates']
        }
    )
}}

with orders as (
    select * from {{ touched(ref('fct_orders')) }}
),

days as (
    select
        source_system,
        customer_key,
        customer_id,
        order_date,
        currency_code,
        cast(count(*) as integer) as orders,
        cast(sum(case when is_purchase then 1 else 0 end) as integer) as purchases,
        cast(sum(revenue_amount) as numeric(18, 4)) as revenue_amount
    from orders
    group by source_system, customer_key, customer_id, order_date, currency_code
),

factors as (
    {{ reporting_factors('days') }}
),

final as (
    select
        days.*,
        {{ reporting_amount('days.revenue_amount', 'factors') }} as revenue_reporting_amount
    from days
    left join factors
        on
            days.currency_code = factors.currency_code
            and days.order_date = factors.order_date
)

select * from final
