-- Grain: one branch and month in one currency, of the sources that hand in their books.
{{
    config(
        indexes=unique_index(['store_key', 'sales_month', 'currency_code']),
        meta={'only_from': entity_sources('accounting_entries')}
    )
}}

with sources as (
    {{ rows_of_sources('accounting_entries') }}
),

sales_daily as (
    select * from {{ ref('sales_daily') }}
),

profit_and_loss as (
    select * from {{ ref('profit_and_loss') }}
),

stores as (
    select * from {{ ref('dim_store') }}
),

both_sides as (
    select
        sales_daily.source_system,
        sales_daily.store_key,
        cast({{ dbt.date_trunc('month', 'sales_daily.order_date') }} as date) as sales_month,
        sales_daily.currency_code,
        sales_daily.net_amount as sold_amount,
        cast(0 as numeric(18, 4)) as booked_amount
    from sales_daily
    inner join sources
        on sales_daily.source_system = sources.source_system
    union all
    select
        source_system,
        store_key,
        entry_month as sales_month,
        currency_code,
        cast(0 as numeric(18, 4)) as sold_amount,
        booked_amount
    from profit_and_loss
    where accounting_group = 'sales'
),

compared as (
    select
        source_system,
        store_key,
        sales_month,
        currency_code,
        sum(sold_amount) as sold_amount,
        sum(booked_amount) as booked_amount
    from both_sides
    group by source_system, store_key, sales_month, currency_code
),

final as (
    select
        compared.source_system,
        compared.store_key,
        stores.store_id,
        stores.store_name,
        compared.sales_month,
        compared.currency_code,
        cast(compared.sold_amount as numeric(18, 4)) as sold_amount,
        cast(compared.booked_amount as numeric(18, 4)) as booked_amount,
        cast(compared.sold_amount - compared.booked_amount as numeric(18, 4)) as difference_amount,
        compared.sold_amount = compared.booked_amount as is_equal
    from compared
    inner join stores
        on compared.store_key = stores.store_key
)

select * from final
