-- Grain: one grocery household with demographics and with counted purchases on two days or more.
-- The order of the steps is that of the published summary: quintiles are over all households that
-- are left, demographics come last.
{{
    config(
        indexes=unique_index(['household_key']) + unique_index(['customer_key']),
        meta={'only_from': ['grocery']}
    )
}}

with household_days as (
    select * from {{ ref('household_days') }}
),

demographics as (
    select * from {{ ref('dim_customer_profile') }}
    where source_system = 'grocery'
),

households as (
    select
        household_key,
        customer_key,
        {%- for section in household_sections() %}
        sum({{ section }}) as {{ section }},
        {%- endfor %}
        sum(total_sales) as total_sales,
        sum(baskets) as baskets,
        -- Day 1 of the panel is 2004-03-23.
        {{ dbt.datediff("cast('2004-03-22' as date)", 'max(order_date)', 'day') }} as last_day,
        {{ dbt.datediff('min(order_date)', 'max(order_date)', 'day') }} + 1 as span_days
    from household_days
    group by household_key, customer_key
    having count(*) > 1
),

measured as (
    select
        *,
        cast(baskets as double precision) / span_days as frequency,
        ln(cast(total_sales as double precision)) as monetary
    from households
),

frequency_edges as (
    {{ quintile_edges('measured', 'frequency') }}
),

monetary_edges as (
    {{ quintile_edges('measured', 'monetary') }}
),

scored as (
    select
        measured.*,
        case
            when measured.last_day <= 525 then 1
            when measured.last_day <= 615 then 2
            when measured.last_day <= 675 then 3
            when measured.last_day <= 700 then 4
            else 5
        end as r_score,
        1 + {{ edges_below('measured.frequency', 'frequency_edges') }} as f_score,
        1 + {{ edges_below('measured.monetary', 'monetary_edges') }} as m_score
    from measured
    cross join frequency_edges
    cross join monetary_edges
),

-- A value that the file does not give, or gives as Unknown, makes no flag true.
flagged as (
    select
        customer_key,
        case when age_band in ('45-54', '55-64', '65+') then 1 else 0 end as age_45_plus,
        case
            when income_band in (
                '50-74K', '75-99K', '100-124K', '125-149K', '150-174K', '175-199K', '200-249K',
                '250K+'
            ) then 1
            else 0
        end as income_50k_plus,
        case household_size_band
            when '1' then 1
            when '2' then 2
            when '3' then 3
            when '4' then 3
            when '5+' then 3
        end as single_couple_family,
        case
            when household_composition in ('1 Adult Kids', '2 Adults Kids') then 1
            when household_size_band in ('3', '4', '5+') then 1
            else 0
        end as has_kids,
        case
            when household_composition in ('Single Female', 'Single Male') then 1
            when household_size_band = '1' then 1
            else 0
        end as single,
        case when household_composition = '2 Adults No Kids' then 1 else 0 end as couple
    from demographics
),

final as (
    select
        scored.household_key,
        scored.customer_key,
        flagged.age_45_plus,
        flagged.income_50k_plus,
        flagged.single_couple_family,
        flagged.has_kids,
        flagged.single,
        flagged.couple,
        scored.r_score,
        scored.f_score,
        scored.m_score,
        scored.r_score + scored.f_score + scored.m_score as rfm_score,
        case
            when scored.r_score + scored.f_score + scored.m_score < 6 then 1
            when scored.r_score + scored.f_score + scored.m_score < 9 then 2
            when scored.r_score + scored.f_score + scored.m_score < 13 then 3
            when scored.r_score + scored.f_score + scored.m_score < 15 then 4
            else 5
        end as rfm_bins,
        {%- for section in household_sections() %}
        cast(scored.{{ section }} as numeric(18, 4)) as {{ section }},
        {%- endfor %}
        cast(scored.total_sales as numeric(18, 4)) as total_sales
    from scored
    inner join flagged
        on scored.customer_key = flagged.customer_key
)

select * from final
