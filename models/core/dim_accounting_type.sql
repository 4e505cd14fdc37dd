-- Grain: one type of entry in the books of one source, and each such source's unknown type.
{{ config(indexes=unique_index(['accounting_type_key'])) }}

with sources as (
    {{ rows_of_sources('accounting_entries') }}
),

members as (
    select
        source_system,
        accounting_type
    from {{ ref('fct_accounting_entries') }}
    union
    select
        source_system,
        cast(null as varchar(64)) as accounting_type
    from sources
),

final as (
    select
        {{ surrogate_key('source_system', 'accounting_type') }} as accounting_type_key,
        source_system,
        accounting_type,
        accounting_type is null as is_unknown
    from members
)

select * from final
