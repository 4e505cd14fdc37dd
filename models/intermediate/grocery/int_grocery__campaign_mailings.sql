-- Grain: one household that was mailed one campaign.
with mailings as (
    select * from {{ ref('stg_grocery__campaign_mailings') }}
),

final as (
    select
        cast('grocery' as varchar(32)) as source_system,
        campaign_id,
        customer_id,
        min(load_id) as load_id
    from mailings
    group by campaign_id, customer_id
)

select * from final
