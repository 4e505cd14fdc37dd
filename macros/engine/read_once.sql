{% macro read_once() %}
    {{- return(adapter.dispatch('read_once')()) -}}
{% endmacro %}

{% macro postgres__read_once() %}offset 0{% endmacro %}

{% macro redshift__read_once() %}{% endmacro %}
