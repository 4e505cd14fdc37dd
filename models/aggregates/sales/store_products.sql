-- Grain: one product in one store in one currency, revenue lines only. Orders and customers do not
-- add up over products, nor customers over stores.
{{
    config(
        materialized='incremental',
        indexes=unique_index(['store_key', 'product_key', 'currency_code'])
            + index(['product_key']),
        meta={
            'rebuilt_by': ['store_key', 'product_key'],
            'after': ['fct_order_lines', 'reporting_rates']
        }
    )
}}

with lines as (
    select * from {{ touched(ref('fct_order_lines')) }}
    where is_revenue
),

unidentified_customers as (
    select customer_key
    from {{ ref('dim_customer') }}
    where customer_id is null
),

factors as (
    {{ reporting_factors(touched(ref('fct_order_lines'))) }}
),

final as (
    select
        lines.store_key,
        lines.product_key,
        cast(max(lines.product_id) as varchar(256)) as product_id,
        lines.currency_code,
        cast(sum(lines.quantity) as numeric(18, 4)) as quantity,
        cast(sum(lines.net_amount) as numeric(18, 4)) as net_amount,
        cast(
            {{ sum_if_all_known('lines.net_amount * factors.reporting_factor') }}
            as numeric(38, 14)
        ) as net_reporting_unrounded,
        cast(count(distinct lines.order_key) as integer) as orders,
        cast(
            count(distinct case
                when unidentified_customers.customer_key is null then lines.customer_key
            end) as integer
        ) as customers
    from lines
    left join unidentified_customers
        on lines.customer_key = unidentified_customers.customer_key
    left join factors
        on
            lines.currency_code = factors.currency_code
            and lines.order_date = factors.order_date
    group by
        lines.store_key,
        lines.product_key,
        lines.currency_code
)

select * from final
