with source as (
    select * from {{ source('ops', 'pending_changes') }}
),

renamed as (
    select
        consumer,
        source_system,
        order_id,
        order_key,
        customer_key,
        store_key,
        order_date
    from source
)

select * from renamed
