with source as (
    select * from {{ source('electronics', 'employee') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as employee_id,
        id_department as department_id
    from source
)

select * from renamed
