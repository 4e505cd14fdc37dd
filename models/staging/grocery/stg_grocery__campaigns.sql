with source as (
    select * from {{ source('grocery', 'campaign_desc') }}
),

renamed as (
    select
        load_id,
        file_line,
        cast(campaign as varchar) as campaign_id,
        description as campaign_type,
        cast('2004-03-22' as date) + start_day as start_date,
        cast('2004-03-22' as date) + end_day as end_date
    from source
)

select * from renamed
