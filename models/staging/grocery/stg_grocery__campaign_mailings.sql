with source as (
    select * from {{ source('grocery', 'campaign_table') }}
),

renamed as (
    select
        load_id,
        file_line,
        cast(campaign as varchar) as campaign_id,
        cast(household_key as varchar) as customer_id,
        description as campaign_type
    from source
)

select * from renamed
