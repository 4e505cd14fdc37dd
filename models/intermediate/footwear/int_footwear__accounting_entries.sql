-- Grain: one entry of the books.
-- An entry that a later file repeats is corrected by it.
with accounting_entries as (
    select * from {{ ref('stg_footwear__accounting_entries') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by entry_id
            order by load_id desc, file_line desc
        ) as newest_first
    from accounting_entries
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        entry_id,
        store_id,
        employee_id,
        entry_date,
        accounting_type,
        amount,
        cast('AUD' as varchar(3)) as currency_code,
        load_id
    from ranked
    where newest_first = 1
)

select * from final
