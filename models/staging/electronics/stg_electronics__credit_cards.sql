with source as (
    select * from {{ source('electronics', 'credit_card') }}
),

renamed as (
    select
        load_id,
        file_line,
        id_customer as customer_id,
        number as card_token
    from source
)

select * from renamed
