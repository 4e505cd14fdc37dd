-- What each campaign brought: how much more a mailed household bought a day while it ran than
-- before, beyond what households that were not mailed did. The unexposed are buyers by definition,
-- which is why changes are compared and not levels; who was mailed was not drawn by lot, so the
-- difference proves nothing.
with campaigns as (
    select * from {{ ref('campaign_performance') }}
),

changes as (
    select
        *,
        exposed_daily_sales_during - exposed_daily_sales_before as exposed_change,
        unexposed_daily_sales_during - unexposed_daily_sales_before as unexposed_change,
        exposed_own_daily_sales_during - exposed_own_daily_sales_before as exposed_own_change,
        unexposed_own_daily_sales_during - unexposed_own_daily_sales_before
            as unexposed_own_change
    from campaigns
)

select
    campaign_id,
    campaign_type,
    start_date,
    end_date,
    is_fully_observed,
    households_mailed,
    households_redeeming,
    redemption_rate,
    exposed_daily_sales_before,
    exposed_daily_sales_during,
    exposed_daily_sales_after,
    exposed_change - unexposed_change as daily_effect_per_household,
    exposed_own_change - unexposed_own_change as own_daily_effect_per_household,
    (exposed_change - unexposed_change) * households_mailed * during_days as effect,
    currency_code
from changes
order by
    source_system,
    start_date,
    campaign_id
