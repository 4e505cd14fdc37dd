with source as (
    select * from {{ source('electronics', 'mailing_list') }}
),

renamed as (
    select
        load_id,
        file_line,
        type as mailing_list,
        total_emails as email_count,
        is_subscribed,
        last_sent_date
    from source
)

select * from renamed
