with source as (
    select * from {{ source('ops', 'rejected_orders') }}
),

renamed as (
    select
        load_id,
        order_id
    from source
)

select * from renamed
