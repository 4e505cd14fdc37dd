-- Grain: one type of entry in the books of one source, and each such source's unknown type.
{{ config(indexes=unique_index(['accounting_type_key'])) }}

with crosswalk as (
    select * from {{ ref('xwalk_accounting_types') }}
),

sources as (
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
        {{ surrogate_key('members.source_system', 'members.accounting_type') }}
            as accounting_type_key,
        members.source_system,
        members.accounting_type,
        cast(
            case
                when members.accounting_type is null then 'unknown'
                else coalesce(crosswalk.accounting_group, 'unmapped')
            end as varchar(64)
        ) as accounting_group,
        members.accounting_type is null as is_unknown
    from members
    left join crosswalk
        on
            members.source_system = crosswalk.source_system
            and members.accounting_type = crosswalk.source_code
)

select * from final
{{ kept_rows() }}
