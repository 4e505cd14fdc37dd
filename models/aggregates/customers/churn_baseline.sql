-- Grain: one RFM segment of one source as of one day on which an earlier churn is known.
with labels as (
    select * from {{ ref('churn_labels') }}
),

feature_dates as (
    select * from {{ ref('feature_dates') }}
),

segments as (
    select rfm_segment
    from {{ ref('rfm_segments') }}
    group by rfm_segment
),

known as (
    select
        feature_dates.source_system,
        feature_dates.as_of_date,
        labels.rfm_segment,
        case when labels.has_churned then 1 else 0 end as churned
    from feature_dates
    inner join labels
        on
            feature_dates.source_system = labels.source_system
            and feature_dates.as_of_date >= labels.window_end_date
),

overall as (
    select
        source_system,
        as_of_date,
        avg(cast(churned as double precision)) as overall_churn_rate
    from known
    group by source_system, as_of_date
),

by_segment as (
    select
        source_system,
        as_of_date,
        rfm_segment,
        count(*) as customers,
        sum(churned) as churned_customers
    from known
    group by source_system, as_of_date, rfm_segment
),

final as (
    select
        overall.source_system,
        overall.as_of_date,
        cast(segments.rfm_segment as varchar(64)) as rfm_segment,
        cast(coalesce(by_segment.customers, 0) as bigint) as customers,
        cast(coalesce(by_segment.churned_customers, 0) as bigint) as churned_customers,
        coalesce(
            cast(by_segment.churned_customers as double precision) / by_segment.customers,
            overall.overall_churn_rate
        ) as churn_rate,
        overall.overall_churn_rate
    from overall
    cross join segments
    left join by_segment
        on
            overall.source_system = by_segment.source_system
            and overall.as_of_date = by_segment.as_of_date
            and segments.rfm_segment = by_segment.rfm_segment
)

select * from final
