with source as (
    select * from {{ source('footwear', 'colors') }}
),

renamed as (
    select
        load_id,
        file_line,
        color_id,
        color_name
    from source
)

select * from renamed
