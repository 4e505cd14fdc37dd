with source as (
    select * from {{ source('standard', 'stores') }}
),

renamed as (
    select
        load_id,
        file_line,
        store_id,
        store_name,
        city,
        region,
        country_code,
        channel,
        time_zone
    from source
)

select * from renamed
