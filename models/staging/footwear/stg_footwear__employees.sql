with source as (
    select * from {{ source('footwear', 'employees') }}
),

renamed as (
    select
        load_id,
        file_line,
        employee_id,
        branch_id as store_id,
        full_time,
        status as employee_status,
        multi_duty
    from source
)

select * from renamed
