-- Grain: one campaign.
with campaigns as (
    select * from {{ ref('stg_grocery__campaigns') }}
),

-- If a campaign is in the file twice, its last line counts.
ranked as (
    select
        *,
        row_number() over (
            partition by campaign_id
            order by load_id desc, file_line desc
        ) as newest_first
    from campaigns
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        campaign_id,
        campaign_type,
        start_date,
        end_date
    from ranked
    where newest_first = 1
)

select * from final
