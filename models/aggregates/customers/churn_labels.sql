-- Grain: one customer as of one training day, and whether it stayed away in the window behind it.
{{ config(indexes=unique_index(['customer_key', 'as_of_date'])) }}

with features as (
    select
        source_system,
        customer_key,
        customer_id,
        as_of_date,
        horizon_days,
        rfm_segment,
        {{ dbt.dateadd('day', 'horizon_days', 'as_of_date') }} as window_end_date
    from {{ ref('customer_features') }}
    where
        is_training
        and frequency > 0
),

purchase_days as (
    select
        customer_key,
        order_date
    from {{ ref('customer_days') }}
    where purchases > 0
),

came_back as (
    select
        features.customer_key,
        features.as_of_date
    from features
    inner join purchase_days
        on
            features.customer_key = purchase_days.customer_key
            and features.as_of_date < purchase_days.order_date
            and features.window_end_date >= purchase_days.order_date
    group by features.customer_key, features.as_of_date
),

final as (
    select
        features.source_system,
        features.customer_key,
        features.customer_id,
        features.as_of_date,
        features.horizon_days,
        cast(features.window_end_date as date) as window_end_date,
        features.rfm_segment,
        came_back.customer_key is null as has_churned
    from features
    left join came_back
        on
            features.customer_key = came_back.customer_key
            and features.as_of_date = came_back.as_of_date
)

select * from final
