with source as (
    select * from {{ source('grocery', 'coupon_redempt') }}
),

renamed as (
    select
        load_id,
        file_line,
        cast(coupon_upc as varchar) as coupon_id,
        cast(campaign as varchar) as campaign_id,
        cast(household_key as varchar) as customer_id,
        cast('2004-03-22' as date) + day as redeemed_date
    from source
)

select * from renamed
