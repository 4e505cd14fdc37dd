-- Grain: one employee.
{%- set yes = "'true', 't', '1', 'y', 'yes'" %}
{%- set no = "'false', 'f', '0', 'n', 'no'" %}

with employees as (
    select * from {{ ref('stg_footwear__employees') }}
),

-- If an employee is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by employee_id
            order by load_id desc, file_line desc
        ) as newest_first
    from employees
),

final as (
    select
        cast('footwear' as varchar(32)) as source_system,
        employee_id,
        store_id,
        case
            when lower(full_time) in ({{ yes }}, 'full time', 'full-time') then 'full_time'
            when lower(full_time) in ({{ no }}, 'part time', 'part-time') then 'part_time'
        end as employment_type,
        employee_status,
        case
            when lower(multi_duty) in ({{ yes }}) then true
            when lower(multi_duty) in ({{ no }}) then false
        end as is_multi_duty
    from ranked
    where newest_first = 1
)

select * from final
