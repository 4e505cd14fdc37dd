{#
    The four edges between the quintiles of a value: continuous percentiles 0.2, 0.4, 0.6 and 0.8.
    Redshift takes several percentiles in one select only over one ordering, so one value at a time.
    Arguments: relation; value, SQL of type double precision; per, columns that set populations
    apart (empty: all rows are one population).
    Example: with edges as ({{ quintile_edges('customers', 'amount', per=['source_system']) }})
#}
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


{#
    How many edges lie strictly below a value, 0 to 4: equal values never part.
    Arguments: value, SQL of type double precision; edges, a relation made by quintile_edges().
    Example: 1 + {{ edges_below('amount', 'amount_edges') }} as m_score
#}
{% macro edges_below(value, edges) -%}
    (
        {%- for number in range(1, 5) %}
            case when {{ edges }}.edge_{{ number }} < {{ value }} then 1 else 0 end
            {{- " +" if not loop.last }}
        {%- endfor %}
        )
{%- endmacro %}
