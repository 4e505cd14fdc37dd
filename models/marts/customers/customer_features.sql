-- Grain: one customer as of one day; orders dated after that day have no part in its row.
{{
    config(
        indexes=unique_index(['customer_key', 'as_of_date'])
            + index(['source_system', 'as_of_date'])
    )
}}

{%- set measures = [
    'first_order_date', 'horizon_days', 'is_current', 'is_training', 'purchase_days',
    'gap_days_sum', 'gaps', 'gap_days_deviation', 'gap_days_longest', 'gap_days_last',
    'purchases_recent', 'purchases_earlier', 'revenue_recent', 'revenue_earlier',
    'weekend_purchases', 'revenue_of_purchase_days', 'sold_lines', 'gross_amount',
    'discount_amount', 'categories_bought', 'categories_new', 'returned_lines', 'returned_amount',
] %}

with feature_dates as (
    select * from {{ ref('feature_dates') }}
),

converted_sources as (
    select source_system
    from feature_dates
    where is_converted
    group by source_system
),

-- One row a day, added up only where customers may have paid in several currencies by then. Amounts
-- in the customers' own currency are read only as of days by which all of them had paid in one.
customer_days as (
    {%- for is_converted in [false, true] %}
    select
        days.source_system,
        days.customer_key,
        days.customer_id,
        days.order_date,
        {%- if is_converted %}
        sum(days.purchases) as purchases,
        cast(sum(days.revenue_amount) as numeric(18, 4)) as revenue_amount,
        cast({{ sum_if_all_known('days.revenue_reporting_amount') }} as numeric(18, 4))
            as revenue_reporting_amount,
        {%- for part in ['gross', 'discount', 'returned'] %}
        cast(sum(baskets.{{ part }}_amount) as numeric(18, 4)) as {{ part }}_amount,
        cast(sum(baskets.{{ part }}_reporting_amount) as numeric(18, 4))
            as {{ part }}_reporting_amount,
        {%- endfor %}
        sum(baskets.sold_lines) as sold_lines,
        sum(baskets.returned_lines) as returned_lines
        {%- else %}
        days.purchases,
        days.revenue_amount,
        days.revenue_reporting_amount,
        {%- for part in ['gross', 'discount', 'returned'] %}
        baskets.{{ part }}_amount,
        baskets.{{ part }}_reporting_amount,
        {%- endfor %}
        baskets.sold_lines,
        baskets.returned_lines
        {%- endif %}
    from {{ ref('customer_days') }} as days
    left join {{ ref('customer_day_baskets') }} as baskets
        on
            days.customer_key = baskets.customer_key
            and days.order_date = baskets.order_date
            and days.currency_code = baskets.currency_code
    where
        days.customer_id is not null
        and days.source_system {{ '' if is_converted else 'not ' }}in (
            select converted_sources.source_system from converted_sources
        )
    {%- if is_converted %}
    group by days.source_system, days.customer_key, days.customer_id, days.order_date
    {%- else %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A gap is the days since the purchase day before, so it knows nothing of later ones. The next
-- purchase day only shows which is the last one up to a date.
days as (
    select
        days.*,
        new_categories.new_categories,
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
    from customer_days as days
    inner join {{ ref('dim_date') }} as calendar
        on days.order_date = calendar.date_day
    left join {{ ref('customer_new_categories') }} as new_categories
        on
            days.customer_key = new_categories.customer_key
            and days.order_date = new_categories.order_date
),

days_until as (
    select
        days.source_system,
        days.customer_key,
        days.customer_id,
        days.purchase_date,
        days.purchases,
        days.weekend_purchases,
        days.sold_lines,
        days.returned_lines,
        days.new_categories,
        {%- for part in ['revenue', 'gross', 'discount', 'returned'] %}
        {{ measured(
            'days.' ~ part ~ '_amount', 'days.' ~ part ~ '_reporting_amount', 'feature_dates'
        ) }} as {{ part }}_amount,
        {%- endfor %}
        feature_dates.as_of_date,
        feature_dates.horizon_days,
        feature_dates.is_current,
        feature_dates.is_training,
        feature_dates.currency_code,
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
        horizon_days,
        is_current,
        is_training,
        min(purchase_date) as first_order_date,
        max(purchase_date) as last_order_date,
        sum(purchases) as frequency,
        {{ sum_if_all_known('revenue_amount') }} as monetary_amount,
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
        sum(new_categories) as categories_bought,
        case
            when sum(new_categories) is not null
                then coalesce(sum(case when is_recent then new_categories end), 0)
        end as categories_new,
        sum(returned_lines) as returned_lines,
        sum(returned_amount) as returned_amount
    from days_until
    group by source_system, customer_key, as_of_date, horizon_days, is_current, is_training
    having sum(purchases) > 0
),

scored as (
    {{ rfm_scores('bought', keep=measures) }}
),

-- What is known of a person is known as of now, so it is on the current day alone.
profiles as (
    select
        customer_key,
        source_system,
        customer_id,
        cast(age as double precision) as age,
        cast(income as double precision) as income,
        kids_count,
        pets_count,
        siblings_count
    from {{ ref('dim_customer_profile') }}
    where coalesce(age, kids_count, pets_count, siblings_count, income) is not null
),

buyers as (
    select
        scored.source_system,
        scored.customer_key,
        scored.customer_id,
        scored.as_of_date,
        scored.rfm_cell,
        scored.rfm_segment,
        scored.currency_code,
        {%- for column in ['recency_days', 'frequency', 'monetary_amount'] + measures
            if column not in ('first_order_date', 'horizon_days', 'is_current', 'is_training') %}
        cast(scored.{{ column }} as double precision) as {{ column }},
        {%- endfor %}
        cast(
            {{ dbt.datediff('scored.first_order_date', 'scored.as_of_date', 'day') }}
            as double precision
        ) as tenure_days,
        scored.horizon_days,
        scored.is_current,
        scored.is_training,
        profiles.age,
        profiles.income,
        profiles.kids_count,
        profiles.pets_count,
        profiles.siblings_count
    from scored
    left join profiles
        on
            scored.customer_key = profiles.customer_key
            and scored.is_current
),

known_without_purchase as (
    select
        profiles.*,
        feature_dates.as_of_date,
        feature_dates.horizon_days,
        feature_dates.is_current,
        feature_dates.is_training
    from profiles
    inner join feature_dates
        on
            profiles.source_system = feature_dates.source_system
            and feature_dates.is_current
    left join {{ ref('customer_totals') }} as totals
        on profiles.customer_key = totals.customer_key
    where
        totals.first_purchase_date is null
        or totals.first_purchase_date > feature_dates.as_of_date
),

measured as (
    select
        *,
        gap_days_sum / nullif(gaps, 0) as gap_days_mean
    from buyers
),

final as (
    select
        source_system,
        customer_key,
        cast(customer_id as varchar(256)) as customer_id,
        as_of_date,
        is_current,
        is_training,
        horizon_days,
        rfm_cell,
        rfm_segment,
        cast(currency_code as varchar(3)) as currency_code,
        recency_days,
        frequency,
        monetary_amount as monetary_value,
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
    union all
    select
        source_system,
        customer_key,
        customer_id,
        as_of_date,
        is_current,
        is_training,
        horizon_days,
        cast(null as varchar(3)) as rfm_cell,
        cast(null as varchar(64)) as rfm_segment,
        cast(null as varchar(3)) as currency_code,
        cast(null as double precision) as recency_days,
        cast(null as double precision) as frequency,
        cast(null as double precision) as monetary_value,
        cast(null as double precision) as tenure_days,
        cast(null as double precision) as purchase_days,
        cast(null as double precision) as gap_days_mean,
        cast(null as double precision) as gap_days_deviation,
        cast(null as double precision) as gap_days_longest,
        cast(null as double precision) as last_gap_ratio,
        cast(null as double precision) as recency_gap_ratio,
        cast(null as double precision) as recency_gap_deviations,
        cast(null as double precision) as recency_longest_gap_ratio,
        cast(null as double precision) as purchases_recent,
        cast(null as double precision) as purchases_earlier,
        cast(null as double precision) as purchases_trend,
        cast(null as double precision) as revenue_recent,
        cast(null as double precision) as revenue_earlier,
        cast(null as double precision) as revenue_trend,
        cast(null as double precision) as purchases_per_30_days,
        cast(null as double precision) as basket_value,
        cast(null as double precision) as basket_lines,
        cast(null as double precision) as weekend_share,
        cast(null as double precision) as discount_share,
        cast(null as double precision) as categories_bought,
        cast(null as double precision) as categories_new,
        cast(null as double precision) as returned_lines,
        cast(null as double precision) as returned_share,
        age,
        income,
        kids_count,
        pets_count,
        siblings_count
    from known_without_purchase
)

select * from final
