-- Grain: one purchase without a warranty, of the sources that sell warranties. Amounts are in
-- currency_code and add up only within one currency.
{{ config(indexes=unique_index(['order_key']) + index(['customer_key'])) }}

with sources as (
    {{ rows_of_sources('warranties') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where is_purchase
),

warranties as (
    select * from {{ ref('fct_warranties') }}
    where is_valid
),

risks as (
    select * from {{ ref('customer_risk') }}
    where risk_type = 'warranty'
),

priced as (
    select
        orders.source_system,
        orders.order_key,
        orders.order_id,
        orders.customer_key,
        orders.customer_id,
        orders.order_date,
        orders.net_amount,
        orders.currency_code,
        risks.has_risk,
        case
            when risks.has_risk is null then 20
            when risks.has_risk then 15
            else 10
        end as percentage
    from orders
    inner join sources
        on orders.source_system = sources.source_system
    left join warranties
        on orders.order_key = warranties.order_key
    left join risks
        on orders.customer_key = risks.customer_key
    where warranties.order_key is null
),

final as (
    select
        source_system,
        order_key,
        order_id,
        customer_key,
        customer_id,
        order_date,
        net_amount,
        has_risk,
        cast(percentage as integer) as percentage,
        -- Whole cents: a percentage of dollars is as many cents.
        cast(floor(net_amount * percentage) / 100 as numeric(18, 4)) as price_amount,
        currency_code
    from priced
)

select * from final
