{% macro in_order(column) %}
    {{- return(adapter.dispatch('in_order')(column)) -}}
{% endmacro %}

{% macro postgres__in_order(column) %}order by {{ column }}{% endmacro %}

{% macro redshift__in_order(column) %}{% endmacro %}
