with source as (
    select * from {{ source('standard', 'products') }}
),

renamed as (
    select
        load_id,
        file_line,
        product_id,
        product_name,
        brand,
        department,
        category,
        subcategory,
        size,
        unit_cost
    from source
)

select * from renamed
