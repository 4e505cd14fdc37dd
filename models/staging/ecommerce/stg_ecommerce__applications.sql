with source as (
    select * from {{ source('ecommerce', 'applications') }}
),

renamed as (
    select
        load_id,
        file_line,
        application_token,
        applied_at
    from source
)

select * from renamed
