{% macro rfm_scores(customers, keep=[]) %}
    {%- set per = ['source_system', 'as_of_date'] %}
    with measured as (
        select
            *,
            {{ dbt.datediff('last_order_date', 'as_of_date', 'day') }} as recency_days,
            cast({{ dbt.datediff('last_order_date', 'as_of_date', 'day') }} as double precision)
                as recency_value,
            cast(frequency as double precision) as frequency_value,
            cast(monetary_amount as double precision) as monetary_value
        from {{ customers }}
    ),

    recency_edges as (
        {{ quintile_edges('measured', 'recency_value', per) }}
    ),

    frequency_edges as (
        {{ quintile_edges('measured', 'frequency_value', per) }}
    ),

    monetary_edges as (
        {{ quintile_edges('measured', 'monetary_value', per) }}
    ),

    scored as (
        select
            measured.*,
            5 - {{ edges_below('measured.recency_value', 'recency_edges') }} as r_score,
            1 + {{ edges_below('measured.frequency_value', 'frequency_edges') }} as f_score,
            case
                when measured.monetary_value is not null
                    then 1 + {{ edges_below('measured.monetary_value', 'monetary_edges') }}
            end as m_score
        from measured
        {%- for edges in ['recency_edges', 'frequency_edges', 'monetary_edges'] %}
        inner join {{ edges }}
            on
                measured.source_system = {{ edges }}.source_system
                and measured.as_of_date = {{ edges }}.as_of_date
        {%- endfor %}
    )

    select
        scored.source_system,
        scored.customer_key,
        scored.customer_id,
        cast(scored.as_of_date as date) as as_of_date,
        cast(scored.last_order_date as date) as last_order_date,
        cast(scored.recency_days as integer) as recency_days,
        cast(scored.frequency as integer) as frequency,
        cast(scored.monetary_amount as numeric(18, 4)) as monetary_amount,
        scored.currency_code,
        cast(scored.r_score as integer) as r_score,
        cast(scored.f_score as integer) as f_score,
        cast(scored.m_score as integer) as m_score,
        cast(scored.r_score + scored.f_score + scored.m_score as integer) as rfm_score,
        cast(
            cast(scored.r_score as varchar(1))
            || cast(scored.f_score as varchar(1))
            || cast(scored.m_score as varchar(1)) as varchar(3)
        ) as rfm_cell,
        {%- for column in keep %}
        scored.{{ column }},
        {%- endfor %}
        segments.rfm_segment
    from scored
    left join {{ ref('rfm_segments') }} as segments
        on
            scored.r_score = segments.r_score
            and scored.f_score = segments.f_score
{% endmacro %}
