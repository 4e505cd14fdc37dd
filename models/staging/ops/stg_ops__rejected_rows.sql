with source as (
    select * from {{ source('ops', 'rejected_rows') }}
),

renamed as (
    select
        load_id,
        line_number,
        column_name,
        reason,
        value
    from source
)

select * from renamed
