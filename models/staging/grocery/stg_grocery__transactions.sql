with source as (
    select * from {{ source('grocery', 'transaction_data') }}
),

renamed as (
    select
        load_id,
        file_line,
        -- Exactly the expression of the raw table's index, so that one basket is found by it.
        cast(basket_id as varchar) as order_id,
        cast(household_key as varchar) as customer_id,
        cast(product_id as varchar) as product_id,
        cast(store_id as varchar) as store_id,
        product_id as product_number,
        week_no as week_number,
        quantity,
        sales_value as sales_amount,
        coalesce(retail_disc, cast(0 as numeric(18, 4))) as retail_discount_amount,
        coalesce(coupon_disc, cast(0 as numeric(18, 4))) as coupon_discount_amount,
        coalesce(coupon_match_disc, cast(0 as numeric(18, 4))) as coupon_match_discount_amount,
        cast('2004-03-22' as date) + day as order_date,
        trans_time as time_of_day
    from source
)

select * from renamed
