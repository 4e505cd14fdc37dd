with source as (
    select * from {{ source('electronics', 'backorder') }}
),

renamed as (
    select
        load_id,
        file_line,
        id as backorder_id,
        manufacturer,
        status as backorder_status,
        quantity,
        cast(cost / 100.0 as numeric(18, 4)) as cost_amount
    from source
)

select * from renamed
