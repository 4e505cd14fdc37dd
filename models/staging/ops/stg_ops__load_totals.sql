with source as (
    select * from {{ source('ops', 'load_totals') }}
),

renamed as (
    select
        load_id,
        business_date,
        currency_code,
        row_count,
        control_amount
    from source
)

select * from renamed
