{#
    Ends a CTE that PostgreSQL is to read by itself, from start to end, instead of folding it into
    the query around it. Redshift does so anyway.
    Example: select ... from {{ ref('fct_order_lines') }} {{ read_once() }}
#}
{% macro read_once() %}
    {{- return(adapter.dispatch('read_once')()) -}}
{% endmacro %}

{% macro postgres__read_once() %}offset 0{% endmacro %}

{% macro redshift__read_once() %}{% endmacro %}
