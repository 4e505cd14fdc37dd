with source as (
    select * from {{ source('footwear', 'branches') }}
),

renamed as (
    select
        load_id,
        file_line,
        branch_id as store_id,
        branch_name as store_name,
        location as city,
        store_type
    from source
)

select * from renamed
