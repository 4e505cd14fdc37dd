-- Grain: one customer mailed in one campaign.
{{
    config(
        indexes=unique_index(['campaign_key', 'customer_key']) + index(['customer_key'])
    )
}}

with campaign_mailings as (
    {{ union_sources('campaign_mailings') }}
),

final as (
    select
        {{ surrogate_key('source_system', 'campaign_id') }} as campaign_key,
        {{ surrogate_key('source_system', 'customer_id') }} as customer_key,
        source_system,
        campaign_id,
        customer_id,
        load_id
    from campaign_mailings
)

select * from final
{{ kept_rows() }}
