{% macro seen_ids(relation, key, id) %}
    {{- return(adapter.dispatch('seen_ids')(relation, key, id)) -}}
{% endmacro %}

{% macro postgres__seen_ids(relation, key, id) %}
    select
        source_system,
        {{ id }}
    from (
        with recursive walk as (
            (
                select {{ key }}, source_system, {{ id }}
                from {{ relation }}
                order by {{ key }}
                limit 1
            )
            union all
            select next_member.*
            from walk
            cross join lateral (
                select fact.{{ key }}, fact.source_system, fact.{{ id }}
                from {{ relation }} as fact
                where fact.{{ key }} > walk.{{ key }}
                order by fact.{{ key }}
                limit 1
            ) as next_member
        )

        select * from walk
    ) as walked
{%- endmacro %}

{% macro redshift__seen_ids(relation, key, id) %}
    select
        source_system,
        {{ id }}
    from {{ relation }}
    group by source_system, {{ id }}
{%- endmacro %}
