with source as (
    select * from {{ source('ops', 'publications') }}
),

renamed as (
    select
        publication_id,
        published_at,
        build_id,
        is_back
    from source
)

select * from renamed
