with source as (
    select * from {{ source('ops', 'token_keys') }}
),

renamed as (
    select
        fingerprint,
        created_at
    from source
)

select * from renamed
