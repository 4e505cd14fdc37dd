with source as (
    select * from {{ source('electronics', 'programmer') }}
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
