with source as (
    select * from {{ source('grocery', 'coupon') }}
),

renamed as (
    select
        load_id,
        file_line,
        cast(coupon_upc as varchar) as coupon_id,
        cast(campaign as varchar) as campaign_id,
        cast(product_id as varchar) as product_id
    from source
)

select * from renamed
