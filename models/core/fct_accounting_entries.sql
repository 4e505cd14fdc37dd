-- Grain: one entry of the books of one source. Amounts are in currency_code and add up only within
-- one currency; expenses are negative.
{{ config(indexes=unique_index(['entry_key']) + index(['entry_date', 'store_key'])) }}

with entries as (
    {{ union_sources('accounting_entries') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'entry_id') }} as entry_key,
        source_system,
        entry_id,
        {{ surrogate_key('source_system', 'store_id') }} as store_key,
        {{ surrogate_key('source_system', 'employee_id') }} as employee_key,
        {{ surrogate_key('source_system', 'accounting_type') }} as accounting_type_key,
        store_id,
        employee_id,
        accounting_type,
        entry_date,
        amount,
        currency_code,
        load_id
    from entries
)

select * from final
{{ kept_rows() }}
