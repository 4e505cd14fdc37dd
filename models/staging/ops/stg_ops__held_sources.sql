with source as (
    select * from {{ source('ops', 'held_sources') }}
),

renamed as (
    select
        source_system,
        held_since,
        reason
    from source
)

select * from renamed
