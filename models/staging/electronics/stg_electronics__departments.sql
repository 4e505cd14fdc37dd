with source as (
    select * from {{ source('electronics', 'department') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as department_id
    from source
)

select * from renamed
