with source as (
    select * from {{ source('ops', 'erasures') }}
),

renamed as (
    select
        load_id,
        reason,
        source_system,
        table_name,
        row_count,
        erased_at
    from source
)

select * from renamed
