-- Grain: one employee of one source, and each source's unknown employee. No names: those are in
-- schema restricted.
{{ config(indexes=unique_index(['employee_key'])) }}

with employees as (
    {{ union_sources('employees') }}
),

sources as (
    {{ rows_of_sources('orders') }}
),

members as (
    select
        source_system,
        employee_id
    from employees
    union
    {{ seen_ids(ref('fct_order_lines'), 'employee_key', 'employee_id') }}
    union
    select
        source_system,
        employee_id
    from {{ ref('fct_accounting_entries') }}
    group by source_system, employee_id
    union
    select
        source_system,
        cast(null as varchar(256)) as employee_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.employee_id') }} as employee_key,
        members.source_system,
        members.employee_id,
        employees.store_id,
        employees.employment_type,
        employees.employee_status,
        employees.is_multi_duty,
        members.employee_id is not null and employees.employee_id is null as is_inferred,
        members.employee_id is null as is_unknown
    from members
    left join employees
        on
            members.source_system = employees.source_system
            and members.employee_id = employees.employee_id
)

select * from final
{{ kept_rows() }}
