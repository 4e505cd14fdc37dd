-- Grain: one row of a sales file as the loader counted it.
with sales as (
    select * from {{ ref('stg_footwear__sales') }}
),

-- If an entry is in a file twice, its last line counts.
accounting_entries as (
    select
        *,
        row_number() over (
            partition by load_id, entry_id
            order by file_line desc
        ) as newest_first
    from {{ ref('stg_footwear__accounting_entries') }}
),

control_rows as (
    select
        cast('sales' as varchar(128)) as table_name,
        cast('fct_order_lines' as varchar(128)) as reconciled_in,
        order_id,
        cast(ordered_at as date) as business_date,
        cast(quantity * unit_price as numeric(18, 4)) as control_amount,
        false as is_superseded,
        load_id
    from sales
    union all
    select
        cast('accounting' as varchar(128)) as table_name,
        cast('fct_accounting_entries' as varchar(128)) as reconciled_in,
        entry_id as order_id,
        entry_date as business_date,
        amount as control_amount,
        newest_first > 1 as is_superseded,
        load_id
    from accounting_entries
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        table_name,
        reconciled_in,
        order_id,
        business_date,
        cast('AUD' as varchar(3)) as currency_code,
        control_amount,
        cast(null as varchar(64)) as missing_part,
        is_superseded,
        load_id
    from control_rows
)

select * from final
