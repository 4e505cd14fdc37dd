-- Grain: one customer as of one day; orders dated after that day have no part in its row.
{{
    config(
        indexes=unique_index(['customer_key', 'as_of_date'])
            + index(['source_system', 'as_of_date'])
    )
}}

with feature_dates as (
    select * from {{ ref('feature_dates') }}
),

-- A gap is the days since the purchase day before, so it knows nothing of later ones. The next
-- purchase day only tells which is the last one up to a date.
days as (
    select
        days.source_system,
        days.customer_key,
        days.customer_id,
        days.currency_code,
        days.order_date,
        days.purchases,
        days.revenue_amount,
        baskets.sold_lines,
        baskets.gross_amount,
        baskets.discount_amount,
        baskets.returned_lines,
        baskets.returned_amount,
        case when days.purchases > 0 then days.order_date end as purchase_date,
        case when calendar.is_weekend then days.purchases else 0 end as weekend_purchases,
        case
            when days.purchases > 0
                then lag(days.order_date) over (
                    partition by days.customer_key, days.purchases > 0
                    order by days.order_date
                )
        end as previous_purchase_date,
        case
            when days.purchases > 0
                then lead(days.order_date) over (
                    partition by days.customer_key, days.purchases > 0
                    order by days.order_date
                )
        end as next_purchase_date
    from {{ ref('customer_days') }} as days
    inner join {{ ref('dim_date') }} as calendar
        on days.order_date = calendar.date_day
    left join {{ ref('customer_day_baskets') }} as baskets
        on
            days.customer_key = baskets.customer_key
            and days.order_date = baskets.order_date
    where days.customer_id is not null
),

days_until as (
    select
        feature_dates.as_of_date,
        feature_dates.horizon_days,
        days.*,
        cast(
            {{ dbt.datediff('days.previous_purchase_date', 'days.order_date', 'day') }} as integer
        ) as gap_days,
        {{ dbt.datediff('days.order_date', 'feature_dates.as_of_date', 'day') }}
        < feature_dates.horizon_days as is_recent,
        {{ dbt.datediff('days.order_date', 'feature_dates.as_of_date', 'day') }}
        >= feature_dates.horizon_days
        and {{ dbt.datediff('days.order_date', 'feature_dates.as_of_date', 'day') }}
        < 2 * feature_dates.horizon_days as is_earlier,
        days.next_purchase_date is null
        or days.next_purchase_date > feature_dates.as_of_date as is_last_purchase_day
    from days
    inner join feature_dates
        on
            days.source_system = feature_dates.source_system
            and days.order_date <= feature_dates.as_of_date
),

bought as (
    select
        source_system,
        customer_key,
        max(customer_id) as customer_id,
        max(currency_code) as currency_code,
        as_of_date,
        max(horizon_days) as horizon_days,
        min(purchase_date) as first_order_date,
        max(purchase_date) as last_order_date,
        sum(purchases) as frequency,
        sum(revenue_amount) as monetary_amount,
        count(purchase_date) as purchase_days,
        sum(gap_days) as gap_days_sum,
        count(gap_days) as gaps,
        stddev_samp(gap_days) as gap_days_deviation,
        max(gap_days) as gap_days_longest,
        max(case when is_last_purchase_day then gap_days end) as gap_days_last,
        sum(case when is_recent then purchases else 0 end) as purchases_recent,
        sum(case when is_earlier then purchases else 0 end) as purchases_earlier,
        sum(case when is_recent then revenue_amount else 0 end) as revenue_recent,
        sum(case when is_earlier then revenue_amount else 0 end) as revenue_earlier,
        sum(weekend_purchases) as weekend_purchases,
        sum(case when purchases > 0 then revenue_amount end) as revenue_of_purchase_days,
        sum(sold_lines) as sold_lines,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_lines) as returned_lines,
        sum(returned_amount) as returned_amount
    from days_until
    group by source_system, customer_key, as_of_date
    having sum(purchases) > 0
),

scored as (
    {{ rfm_scores('bought') }}
),

breadths as (
    select
        categories.customer_key,
        feature_dates.as_of_date,
        count(*) as categories_bought,
        sum(
            case
                when
                    {{ dbt.datediff(
                        'categories.first_order_date', 'feature_dates.as_of_date', 'day'
                    ) }} < feature_dates.horizon_days
                    then 1
                else 0
            end
        ) as categories_new
    from {{ ref('customer_categories') }} as categories
    inner join feature_dates
        on
            categories.source_system = feature_dates.source_system
            and categories.first_order_date <= feature_dates.as_of_date
    group by categories.customer_key, feature_dates.as_of_date
),

-- What is known of a person is known as of now, so it stands on the current day alone.
profiles as (
    select
        profiles.*,
        feature_dates.as_of_date
    from {{ ref('dim_customer_profile') }} as profiles
    inner join feature_dates
        on
            profiles.source_system = feature_dates.source_system
            and feature_dates.is_current
    where
        coalesce(
            profiles.age, profiles.kids_count, profiles.pets_count, profiles.siblings_count,
            profiles.income
        ) is not null
),

members as (
    select
        source_system,
        customer_key,
        customer_id,
        as_of_date
    from bought
    union
    select
        source_system,
        customer_key,
        customer_id,
        as_of_date
    from profiles
),

measured as (
    select
        members.*,
        feature_dates.horizon_days,
        feature_dates.is_current,
        feature_dates.is_training,
        scored.rfm_cell,
        scored.rfm_segment,
        bought.currency_code,
        cast(scored.recency_days as double precision) as recency_days,
        cast(bought.frequency as double precision) as frequency,
        cast(bought.monetary_amount as double precision) as monetary_value,
        cast(
            {{ dbt.datediff('bought.first_order_date', 'members.as_of_date', 'day') }}
            as double precision
        ) as tenure_days,
        cast(bought.purchase_days as double precision) as purchase_days,
        cast(bought.gap_days_sum as double precision) / nullif(bought.gaps, 0) as gap_days_mean,
        cast(bought.gap_days_deviation as double precision) as gap_days_deviation,
        cast(bought.gap_days_longest as double precision) as gap_days_longest,
        cast(bought.gap_days_last as double precision) as gap_days_last,
        cast(bought.purchases_recent as double precision) as purchases_recent,
        cast(bought.purchases_earlier as double precision) as purchases_earlier,
        cast(bought.revenue_recent as double precision) as revenue_recent,
        cast(bought.revenue_earlier as double precision) as revenue_earlier,
        cast(bought.weekend_purchases as double precision) as weekend_purchases,
        cast(bought.revenue_of_purchase_days as double precision) as revenue_of_purchase_days,
        cast(bought.sold_lines as double precision) as sold_lines,
        cast(bought.gross_amount as double precision) as gross_amount,
        cast(bought.discount_amount as double precision) as discount_amount,
        cast(bought.returned_lines as double precision) as returned_lines,
        cast(bought.returned_amount as double precision) as returned_amount,
        cast(breadths.categories_bought as double precision) as categories_bought,
        cast(breadths.categories_new as double precision) as categories_new,
        cast(profiles.age as double precision) as age,
        cast(profiles.income as double precision) as income,
        profiles.kids_count,
        profiles.pets_count,
        profiles.siblings_count
    from members
    inner join feature_dates
        on
            members.source_system = feature_dates.source_system
            and members.as_of_date = feature_dates.as_of_date
    left join bought
        on
            members.customer_key = bought.customer_key
            and members.as_of_date = bought.as_of_date
    left join scored
        on
            members.customer_key = scored.customer_key
            and members.as_of_date = scored.as_of_date
    left join breadths
        on
            members.customer_key = breadths.customer_key
            and members.as_of_date = breadths.as_of_date
    left join profiles
        on
            members.customer_key = profiles.customer_key
            and members.as_of_date = profiles.as_of_date
),

final as (
    select
        source_system,
        customer_key,
        cast(customer_id as varchar(256)) as customer_id,
        cast(as_of_date as date) as as_of_date,
        is_current,
        is_training,
        horizon_days,
        rfm_cell,
        rfm_segment,
        currency_code,
        recency_days,
        frequency,
        monetary_value,
        tenure_days,
        purchase_days,
        gap_days_mean,
        gap_days_deviation,
        gap_days_longest,
        gap_days_last / gap_days_mean as last_gap_ratio,
        recency_days / gap_days_mean as recency_gap_ratio,
        (recency_days - gap_days_mean) / nullif(gap_days_deviation, 0) as recency_gap_deviations,
        recency_days / gap_days_longest as recency_longest_gap_ratio,
        purchases_recent,
        purchases_earlier,
        (purchases_recent - purchases_earlier)
        / nullif(purchases_recent + purchases_earlier, 0) as purchases_trend,
        revenue_recent,
        revenue_earlier,
        (revenue_recent - revenue_earlier)
        / nullif(abs(revenue_recent) + abs(revenue_earlier), 0) as revenue_trend,
        30 * frequency / (tenure_days + 1) as purchases_per_30_days,
        revenue_of_purchase_days / frequency as basket_value,
        sold_lines / frequency as basket_lines,
        weekend_purchases / frequency as weekend_share,
        discount_amount / nullif(gross_amount, 0) as discount_share,
        categories_bought,
        categories_new,
        returned_lines,
        returned_amount / nullif(gross_amount, 0) as returned_share,
        age,
        income,
        kids_count,
        pets_count,
        siblings_count
    from measured
)

select * from final
