-- Grain: one campaign of one source, and the unknown campaign of each source that has campaigns.
{{ config(indexes=unique_index(['campaign_key'])) }}

with campaigns as (
    {{ union_sources('campaigns') }}
),

sources as (
    {{ rows_of_sources('campaigns') }}
),

seen as (
    select
        source_system,
        campaign_id
    from {{ ref('fct_campaign_mailings') }}
    group by source_system, campaign_id
    union all
    select
        source_system,
        campaign_id
    from {{ ref('fct_coupon_redemptions') }}
    group by source_system, campaign_id
    union all
    select
        source_system,
        campaign_id
    from {{ ref('bridge_coupon_product') }}
    group by source_system, campaign_id
),

members as (
    select
        source_system,
        campaign_id
    from campaigns
    union
    select
        source_system,
        campaign_id
    from seen
    union
    select
        source_system,
        cast(null as varchar(256)) as campaign_id
    from sources
),

final as (
    select
        {{ surrogate_key('members.source_system', 'members.campaign_id') }} as campaign_key,
        members.source_system,
        members.campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        members.campaign_id is not null and campaigns.campaign_id is null as is_inferred,
        members.campaign_id is null as is_unknown
    from members
    left join campaigns
        on
            members.source_system = campaigns.source_system
            and members.campaign_id = campaigns.campaign_id
)

select * from final
{{ kept_rows() }}
