with source as (
    select * from {{ source('electronics', 'payroll') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as payment_id,
        id_employee as employee_id
    from source
)

select * from renamed
