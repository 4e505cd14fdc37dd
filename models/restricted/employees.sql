-- One row per employee of a source's master, with the name. For readers of personal data only.
with named as (
    {%- if 'footwear' in var('source_systems') %}
    select
        cast('footwear' as varchar(32)) as source_system,
        employee_id,
        name as employee_name,
        cast(null as varchar(256)) as department_id,
        cast(null as bigint) as salary_cents,
        load_id,
        file_line
    from {{ source('footwear', 'employees') }}
    union all
    {%- endif %}
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        id as employee_id,
        name as employee_name,
        id_department as department_id,
        salary as salary_cents,
        load_id,
        file_line
    from {{ source('electronics', 'employee') }}
    union all
    {%- endif %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'employee_id': 'varchar(256)',
        'employee_name': 'varchar(512)', 'department_id': 'varchar(256)',
        'salary_cents': 'bigint', 'load_id': 'bigint', 'file_line': 'bigint',
    }) }}
),

departments as (
    {%- if 'electronics' in var('source_systems') %}
    select
        cast('electronics' as varchar(32)) as source_system,
        id as department_id,
        name as department_name,
        row_number() over (partition by id order by load_id desc, file_line desc) as newest_first
    from {{ source('electronics', 'department') }}
    {%- else %}
    {{- empty_select({
        'source_system': 'varchar(32)', 'department_id': 'varchar(256)',
        'department_name': 'varchar(512)', 'newest_first': 'bigint',
    }) }}
    {%- endif %}
),

-- If an employee is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by source_system, employee_id
            order by load_id desc, file_line desc
        ) as newest_first
    from named
),

final as (
    select
        cast({{ surrogate_key('ranked.source_system', 'ranked.employee_id') }} as bigint)
            as employee_key,
        cast(ranked.source_system as varchar(32)) as source_system,
        cast(ranked.employee_id as varchar(256)) as employee_id,
        cast(ranked.employee_name as varchar(512)) as employee_name,
        cast(departments.department_name as varchar(512)) as department_name,
        cast(ranked.salary_cents / 100.0 as numeric(18, 4)) as salary_amount
    from ranked
    left join departments
        on
            ranked.source_system = departments.source_system
            and ranked.department_id = departments.department_id
            and departments.newest_first = 1
    where ranked.newest_first = 1
)

select * from final
