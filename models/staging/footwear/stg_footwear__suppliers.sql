with source as (
    select * from {{ source('footwear', 'suppliers') }}
),

renamed as (
    select
        load_id,
        file_line,
        supplier_id,
        supplier_name
    from source
)

select * from renamed
