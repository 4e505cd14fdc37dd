-- Grain: one branch, month and type of entry of the books, in one currency. Expenses are negative.
{{
    config(
        indexes=unique_index(
            ['store_key', 'entry_month', 'accounting_type_key', 'currency_code']
        ),
        meta={'only_from': entity_sources('accounting_entries')}
    )
}}

with entries as (
    select
        *,
        cast({{ dbt.date_trunc('month', 'entry_date') }} as date) as entry_month
    from {{ ref('fct_accounting_entries') }}
),

stores as (
    select * from {{ ref('dim_store') }}
),

accounting_types as (
    select * from {{ ref('dim_accounting_type') }}
),

booked as (
    select
        source_system,
        store_key,
        entry_month,
        accounting_type_key,
        currency_code,
        count(*) as entry_count,
        sum(amount) as booked_amount,
        sum(case when amount > 0 then amount else 0 end) as income_amount,
        sum(case when amount < 0 then amount else 0 end) as expense_amount
    from entries
    group by source_system, store_key, entry_month, accounting_type_key, currency_code
),

final as (
    select
        booked.source_system,
        booked.store_key,
        stores.store_id,
        stores.store_name,
        booked.entry_month,
        booked.accounting_type_key,
        accounting_types.accounting_type,
        accounting_types.accounting_group,
        booked.currency_code,
        cast(booked.entry_count as bigint) as entry_count,
        cast(booked.booked_amount as numeric(18, 4)) as booked_amount,
        cast(booked.income_amount as numeric(18, 4)) as income_amount,
        cast(booked.expense_amount as numeric(18, 4)) as expense_amount,
        cast(
            sum(booked.booked_amount) over (
                partition by booked.store_key, booked.entry_month, booked.currency_code
            ) as numeric(18, 4)
        ) as profit_amount
    from booked
    inner join stores
        on booked.store_key = stores.store_key
    inner join accounting_types
        on booked.accounting_type_key = accounting_types.accounting_type_key
)

select * from final
