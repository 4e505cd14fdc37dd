-- Grain: one month of one store in one currency. Comparisons do not add up over months.
{{ config(indexes=unique_index(['store_key', 'order_month', 'currency_code'])) }}

with sales_daily as (
    select * from {{ ref('sales_daily') }}
),

month_starts as (
    select date_day as order_month
    from {{ ref('dim_date') }}
    where day_of_month = 1
),

stores as (
    select * from {{ ref('dim_store') }}
),

months_with_sales as (
    select
        source_system,
        store_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date) as order_month,
        currency_code,
        sum(orders) as orders,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        {{ sum_if_all_known('cost_amount') }} as cost_amount,
        {{ sum_if_all_known('profit_amount') }} as profit_amount,
        {{ sum_if_all_known('gross_reporting_amount') }} as gross_reporting_amount,
        {{ sum_if_all_known('discount_reporting_amount') }} as discount_reporting_amount,
        {{ sum_if_all_known('net_reporting_amount') }} as net_reporting_amount,
        {{ sum_if_all_known('cost_reporting_amount') }} as cost_reporting_amount,
        {{ sum_if_all_known('profit_reporting_amount') }} as profit_reporting_amount
    from sales_daily
    group by
        source_system,
        store_key,
        cast({{ dbt.date_trunc('month', 'order_date') }} as date),
        currency_code
),

source_ends as (
    select
        source_system,
        max(order_date) as last_sales_date
    from sales_daily
    group by source_system
),

branches as (
    select
        source_system,
        store_key,
        currency_code,
        min(order_month) as first_month
    from months_with_sales
    group by source_system, store_key, currency_code
),

-- Without gaps, so that the row before is the calendar month before.
branch_months as (
    select
        branches.source_system,
        branches.store_key,
        branches.currency_code,
        month_starts.order_month,
        extract(year from month_starts.order_month) as calendar_year,
        {{ dbt.last_day('month_starts.order_month', 'month') }}
        <= source_ends.last_sales_date as is_complete_month
    from branches
    inner join source_ends
        on branches.source_system = source_ends.source_system
    inner join month_starts
        on
            branches.first_month <= month_starts.order_month
            and source_ends.last_sales_date >= month_starts.order_month
),

filled as (
    select
        branch_months.*,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.quantity, 0) as quantity,
        coalesce(sales.gross_amount, 0) as gross_amount,
        coalesce(sales.discount_amount, 0) as discount_amount,
        coalesce(sales.net_amount, 0) as net_amount,
        case when sales.store_key is null then 0 else sales.cost_amount end as cost_amount,
        case when sales.store_key is null then 0 else sales.profit_amount end as profit_amount,
        case when sales.store_key is null then 0 else sales.gross_reporting_amount end
            as gross_reporting_amount,
        case when sales.store_key is null then 0 else sales.discount_reporting_amount end
            as discount_reporting_amount,
        case when sales.store_key is null then 0 else sales.net_reporting_amount end
            as net_reporting_amount,
        case when sales.store_key is null then 0 else sales.cost_reporting_amount end
            as cost_reporting_amount,
        case when sales.store_key is null then 0 else sales.profit_reporting_amount end
            as profit_reporting_amount
    from branch_months
    left join months_with_sales as sales
        on
            branch_months.store_key = sales.store_key
            and branch_months.currency_code = sales.currency_code
            and branch_months.order_month = sales.order_month
),

to_date as (
    select
        *,
        sum(net_amount) over (
            partition by store_key, currency_code, calendar_year
            order by order_month
            rows between unbounded preceding and current row
        ) as year_to_date_net_amount,
        sum(profit_amount) over (
            partition by store_key, currency_code, calendar_year
            order by order_month
            rows between unbounded preceding and current row
        ) as known_profit_amount,
        sum(case when profit_amount is null then 1 else 0 end) over (
            partition by store_key, currency_code, calendar_year
            order by order_month
            rows between unbounded preceding and current row
        ) as months_of_unknown_profit
    from filled
),

profit_to_date as (
    select
        *,
        case when months_of_unknown_profit = 0 then known_profit_amount end
            as year_to_date_profit_amount
    from to_date
),

compared as (
    select
        *,
        lag(net_amount, 1) over (
            partition by store_key, currency_code order by order_month
        ) as previous_month_net_amount,
        lag(profit_amount, 1) over (
            partition by store_key, currency_code order by order_month
        ) as previous_month_profit_amount,
        lag(year_to_date_net_amount, 12) over (
            partition by store_key, currency_code order by order_month
        ) as last_year_net_amount,
        lag(year_to_date_profit_amount, 12) over (
            partition by store_key, currency_code order by order_month
        ) as last_year_profit_amount
    from profit_to_date
),

final as (
    select
        compared.source_system,
        compared.store_key,
        stores.store_id,
        stores.store_name,
        compared.order_month,
        compared.currency_code,
        cast(compared.is_complete_month as boolean) as is_complete_month,
        cast(compared.orders as integer) as orders,
        cast(compared.quantity as numeric(18, 4)) as quantity,
        cast(compared.gross_amount as numeric(18, 4)) as gross_amount,
        cast(compared.discount_amount as numeric(18, 4)) as discount_amount,
        cast(compared.net_amount as numeric(18, 4)) as net_amount,
        cast(compared.cost_amount as numeric(18, 4)) as cost_amount,
        cast(compared.profit_amount as numeric(18, 4)) as profit_amount,
        case
            when compared.net_reporting_amount is not null
                then {{ reporting_currency() }}
        end as reporting_currency_code,
        cast(compared.gross_reporting_amount as numeric(18, 4)) as gross_reporting_amount,
        cast(compared.discount_reporting_amount as numeric(18, 4))
            as discount_reporting_amount,
        cast(compared.net_reporting_amount as numeric(18, 4)) as net_reporting_amount,
        cast(compared.cost_reporting_amount as numeric(18, 4)) as cost_reporting_amount,
        cast(compared.profit_reporting_amount as numeric(18, 4)) as profit_reporting_amount,
        cast(compared.previous_month_net_amount as numeric(18, 4))
            as previous_month_net_amount,
        cast(
            compared.net_amount - compared.previous_month_net_amount as numeric(18, 4)
        ) as net_change_amount,
        {{ change_rate('compared.net_amount', 'compared.previous_month_net_amount') }}
            as net_change_rate,
        cast(compared.year_to_date_net_amount as numeric(18, 4)) as year_to_date_net_amount,
        cast(compared.last_year_net_amount as numeric(18, 4))
            as last_year_to_date_net_amount,
        cast(
            compared.year_to_date_net_amount - compared.last_year_net_amount as numeric(18, 4)
        ) as year_to_date_net_change_amount,
        {{ change_rate('compared.year_to_date_net_amount', 'compared.last_year_net_amount') }}
            as year_to_date_net_change_rate,
        cast(compared.previous_month_profit_amount as numeric(18, 4))
            as previous_month_profit_amount,
        cast(
            compared.profit_amount - compared.previous_month_profit_amount as numeric(18, 4)
        ) as profit_change_amount,
        {{ change_rate('compared.profit_amount', 'compared.previous_month_profit_amount') }}
            as profit_change_rate,
        cast(compared.year_to_date_profit_amount as numeric(18, 4)) as year_to_date_profit_amount,
        cast(compared.last_year_profit_amount as numeric(18, 4))
            as last_year_to_date_profit_amount,
        cast(
            compared.year_to_date_profit_amount - compared.last_year_profit_amount as numeric(18, 4)
        ) as year_to_date_profit_change_amount,
        {{ change_rate('compared.year_to_date_profit_amount', 'compared.last_year_profit_amount') }}
            as year_to_date_profit_change_rate
    from compared
    inner join stores
        on compared.store_key = stores.store_key
)

select * from final
