-- Grain: one employee.
with employees as (
    select * from {{ ref('stg_electronics__employees') }}
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
        cast('electronics' as varchar(32)) as source_system,
        employee_id,
        cast(null as varchar(256)) as store_id,
        cast(null as varchar(64)) as employment_type,
        cast(null as varchar(64)) as employee_status,
        cast(null as boolean) as is_multi_duty
    from ranked
    where newest_first = 1
)

select * from final
