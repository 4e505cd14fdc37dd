with source as (
    select * from {{ source('grocery', 'causal_data') }}
),

-- Week 1 holds day 1, a Tuesday; weeks begin on Sunday.
renamed as (
    select
        load_id,
        file_line,
        cast(product_id as varchar) as product_id,
        cast(store_id as varchar) as store_id,
        display,
        mailer,
        cast('2004-03-14' as date) + 7 * week_no as week_start_date
    from source
)

select * from renamed
