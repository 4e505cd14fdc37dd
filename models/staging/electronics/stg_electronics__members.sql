with source as (
    select * from {{ source('electronics', 'member') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_customer as customer_id,
        status_tier,
        join_date as joined_date,
        expiration_date
    from source
)

select * from renamed
