{# The four edges between the quintiles of a value: continuous percentiles 0.2, 0.4, 0.6 and 0.8. #}
{% macro quintile_edges(relation, value, per=[]) %}
    select
        {%- for column in per %}
        {{ column }},
        {%- endfor %}
        percentile_cont(0.2) within group (order by {{ value }}) as edge_1,
        percentile_cont(0.4) within group (order by {{ value }}) as edge_2,
        percentile_cont(0.6) within group (order by {{ value }}) as edge_3,
        percentile_cont(0.8) within group (order by {{ value }}) as edge_4
    from {{ relation }}
    {%- if per %}
    group by {{ per | join(', ') }}
    {%- endif %}
{% endmacro %}


{# How many edges are strictly below a value, 0 to 4: equal values never part. #}
{% macro edges_below(value, edges) -%}
    (
        {%- for number in range(1, 5) %}
            case when {{ edges }}.edge_{{ number }} < {{ value }} then 1 else 0 end
            {{- " +" if not loop.last }}
        {%- endfor %}
        )
{%- endmacro %}
