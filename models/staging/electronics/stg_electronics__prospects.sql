with source as (
    select * from {{ source('electronics', 'prospect') }}
),

renamed as (
    select
        load_id,
        file_line
    from source
)

select * from renamed
