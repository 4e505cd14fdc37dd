with source as (
    select * from {{ source('ops', 'fact_loads') }}
),

renamed as (
    select
        fact_name,
        load_id
    from source
)

select * from renamed
