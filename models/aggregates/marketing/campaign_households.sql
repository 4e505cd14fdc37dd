-- Grain: one household of one campaign's comparison: mailed, or buying before it and not mailed.
{{
    config(
        indexes=unique_index(['campaign_key', 'customer_key']) + index(['customer_key']),
        meta={'only_from': entity_sources('campaigns')}
    )
}}

with windows as (
    select * from {{ ref('campaign_windows') }}
),

campaigns as (
    select * from {{ ref('dim_campaign') }}
),

customer_days as (
    select * from {{ ref('customer_days') }}
    where customer_id is not null
),

mailings as (
    select * from {{ ref('fct_campaign_mailings') }}
    where customer_id is not null
),

redemptions as (
    select
        campaign_key,
        customer_key,
        count(*) as redemption_count
    from {{ ref('fct_coupon_redemptions') }}
    group by campaign_key, customer_key
),

-- Joined day by day: equal dates are found faster than dates within a span. Few days are made
-- before any customer's are read; PostgreSQL would set each against every campaign first.
window_days as (
    select
        windows.campaign_key,
        windows.source_system,
        windows.start_date,
        windows.end_date,
        windows.currency_code,
        windows.is_converted,
        dates.date_day
    from windows
    inner join {{ ref('dim_date') }} as dates
        on
            windows.before_start_date <= dates.date_day
            and windows.after_end_date >= dates.date_day
    {{ read_once() }}  -- noqa: AM09
),

days_in_windows as (
    select
        window_days.campaign_key,
        customer_days.customer_key,
        customer_days.customer_id,
        customer_days.purchases,
        window_days.date_day < window_days.start_date as is_before,
        window_days.date_day > window_days.end_date as is_after,
        {{ measured(
            'customer_days.revenue_amount', 'customer_days.revenue_reporting_amount', 'window_days'
        ) }} as revenue_amount,
        {{ measured('customer_days.currency_code', 'window_days.currency_code', 'window_days') }}
            as currency_code
    from customer_days
    inner join window_days
        on
            customer_days.source_system = window_days.source_system
            and customer_days.order_date = window_days.date_day
),

window_sales as (
    select
        campaign_key,
        customer_key,
        max(customer_id) as customer_id,
        max(currency_code) as currency_code,
        sum(case when is_before then purchases else 0 end) as before_purchases,
        sum(case when is_before then revenue_amount else 0 end) as before_amount,
        sum(case when not is_before and not is_after then revenue_amount else 0 end)
            as during_amount,
        sum(case when is_after then revenue_amount else 0 end) as after_amount
    from days_in_windows
    group by campaign_key, customer_key
),

households as (
    select
        coalesce(mailings.campaign_key, window_sales.campaign_key) as campaign_key,
        coalesce(mailings.customer_key, window_sales.customer_key) as customer_key,
        coalesce(mailings.customer_id, window_sales.customer_id) as customer_id,
        mailings.customer_key is not null as is_exposed,
        coalesce(window_sales.before_purchases, 0) as before_purchases,
        coalesce(window_sales.before_amount, 0) as before_amount,
        coalesce(window_sales.during_amount, 0) as during_amount,
        coalesce(window_sales.after_amount, 0) as after_amount,
        window_sales.currency_code
    from mailings
    full outer join window_sales
        on
            mailings.campaign_key = window_sales.campaign_key
            and mailings.customer_key = window_sales.customer_key
),

final as (
    select
        campaigns.source_system,
        households.campaign_key,
        campaigns.campaign_id,
        households.customer_key,
        cast(households.customer_id as varchar(256)) as customer_id,
        cast(households.is_exposed as boolean) as is_exposed,
        cast(coalesce(redemptions.redemption_count, 0) as integer) as redemption_count,
        cast(households.before_purchases as integer) as before_purchases,
        cast(households.before_amount as numeric(18, 4)) as before_amount,
        cast(households.during_amount as numeric(18, 4)) as during_amount,
        cast(households.after_amount as numeric(18, 4)) as after_amount,
        cast(households.currency_code as varchar(3)) as currency_code
    from households
    inner join campaigns
        on households.campaign_key = campaigns.campaign_key
    left join redemptions
        on
            households.campaign_key = redemptions.campaign_key
            and households.customer_key = redemptions.customer_key
    where
        households.is_exposed
        or households.before_purchases > 0
)

select * from final
