-- One row per employee of a source's master, with the name. For readers of personal data only.
with named as (
    {%- if 'footwear' in var('source_systems') %}
    select
        'footwear' as source_system,
        employee_id,
        name as employee_name,
        load_id,
        file_line
    from {{ source('footwear', 'employees') }}
    {%- else %}
    select
        cast(null as varchar(32)) as source_system,
        cast(null as varchar(256)) as employee_id,
        cast(null as varchar(512)) as employee_name,
        cast(null as bigint) as load_id,
        cast(null as bigint) as file_line
    where 1 = 0
    {%- endif %}
),

-- Should an employee stand in the file twice, the last line holds.
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
        cast({{ surrogate_key('source_system', 'employee_id') }} as bigint) as employee_key,
        cast(source_system as varchar(32)) as source_system,
        cast(employee_id as varchar(256)) as employee_id,
        cast(employee_name as varchar(512)) as employee_name
    from ranked
    where newest_first = 1
)

select * from final
