-- Grain: one product that one customer bought, in one currency, revenue lines only; sales without a
-- customer count under the source's anonymous member. An order has one customer, so orders add up
-- over customers; they do not over products.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['product_key', 'customer_key', 'currency_code']),
        meta={
            'rebuilt_by': ['product_key', 'customer_key'],
            'after': ['fct_order_lines', 'reporting_rates']
        }
    )
}}

with lines as (
    select * from {{ touched(ref('fct_order_lines')) }}
    where is_revenue
),

factors as (
    {{ reporting_factors(touched(ref('fct_order_lines'))) }}
),

final as (
    select
        lines.product_key,
        lines.customer_key,
        lines.currency_code,
        cast(sum(lines.quantity) as numeric(18, 4)) as quantity,
        cast(sum(lines.net_amount) as numeric(18, 4)) as net_amount,
        cast(
            {{ sum_if_all_known('lines.net_amount * factors.reporting_factor') }}
            as numeric(38, 14)
        ) as net_reporting_unrounded,
        cast(count(distinct lines.order_key) as integer) as orders
    from lines
    left join factors
        on
            lines.currency_code = factors.currency_code
            and lines.order_date = factors.order_date
    group by
        lines.product_key,
        lines.customer_key,
        lines.currency_code
)

select * from final
