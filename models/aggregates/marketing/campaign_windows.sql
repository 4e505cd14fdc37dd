-- Grain: one campaign with known dates, and the days that are compared.
{{
    config(
        indexes=unique_index(['campaign_key']),
        meta={'only_from': entity_sources('campaigns')}
    )
}}

{%- set days_around = 28 %}

with campaigns as (
    select * from {{ ref('dim_campaign') }}
    where
        start_date is not null
        and end_date is not null
),

observed as (
    select
        source_system,
        min(order_date) as first_sales_date,
        max(order_date) as last_sales_date
    from {{ ref('sales_daily') }}
    group by source_system
),

windows as (
    select
        campaign_key,
        source_system,
        campaign_id,
        start_date,
        end_date,
        cast({{ dbt.dateadd('day', -days_around, 'start_date') }} as date) as before_start_date,
        cast({{ dbt.dateadd('day', days_around, 'end_date') }} as date) as after_end_date,
        {{ dbt.datediff('start_date', 'end_date', 'day') }} + 1 as during_days
    from campaigns
),

final as (
    select
        windows.campaign_key,
        windows.source_system,
        windows.campaign_id,
        windows.before_start_date,
        windows.start_date,
        windows.end_date,
        windows.after_end_date,
        cast({{ days_around }} as integer) as before_days,
        cast(windows.during_days as integer) as during_days,
        cast({{ days_around }} as integer) as after_days,
        cast(
            coalesce(
                observed.first_sales_date <= windows.before_start_date
                and observed.last_sales_date >= windows.after_end_date,
                false
            ) as boolean
        ) as is_fully_observed,
        measured.currency_code,
        coalesce(measured.is_converted, false) as is_converted
    from windows
    left join observed
        on windows.source_system = observed.source_system
    {{ with_measured_currency('windows', 'windows.after_end_date') }}
)

select * from final
