-- Grain: one supplier in one currency, over all time. Sources that know no suppliers are left out.
{{
    config(
        indexes=unique_index(['supplier_key', 'currency_code']),
        meta={'only_from': entity_sources('suppliers')}
    )
}}

with sources as (
    {{ rows_of_sources('suppliers') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
),

sold as (
    select
        order_lines.source_system,
        order_lines.supplier_key,
        order_lines.currency_code,
        count(distinct order_lines.order_key) as orders,
        sum(order_lines.quantity) as quantity,
        sum(order_lines.net_amount) as net_amount,
        case
            when count(*) = count(order_lines.cost_amount) then sum(order_lines.cost_amount)
        end as cost_amount
    from {{ ref('fct_order_lines') }} as order_lines
    inner join sources
        on order_lines.source_system = sources.source_system
    where order_lines.is_revenue
    group by order_lines.source_system, order_lines.supplier_key, order_lines.currency_code
),

final as (
    select
        sold.source_system,
        sold.supplier_key,
        suppliers.supplier_id,
        suppliers.supplier_name,
        sold.currency_code,
        cast(sold.orders as bigint) as orders,
        cast(sold.quantity as numeric(18, 4)) as quantity,
        cast(sold.net_amount as numeric(18, 4)) as net_amount,
        cast(sold.cost_amount as numeric(18, 4)) as cost_amount,
        cast(sold.net_amount - sold.cost_amount as numeric(18, 4)) as profit_amount,
        cast(
            rank() over (
                partition by sold.source_system, sold.currency_code
                order by coalesce(sold.net_amount - sold.cost_amount, -99999999999999) desc
            ) as integer
        ) as profit_rank
    from sold
    inner join suppliers
        on sold.supplier_key = suppliers.supplier_key
)

select * from final
