with source as (
    select * from {{ source('electronics', 'designer') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_employee as employee_id,
        id_product as product_id
    from source
)

select * from renamed
