with source as (
    select * from {{ source('footwear', 'accounting') }}
),

renamed as (
    select
        load_id,
        file_line,
        accounting_id as entry_id,
        branch_id as store_id,
        employee_id,
        accounting_type,
        amount,
        entry_date
    from source
)

select * from renamed
