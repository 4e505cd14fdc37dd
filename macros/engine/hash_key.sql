{# 64-bit hash of a text expression. #}
{% macro hash_key(expression) %}
    {{- return(adapter.dispatch('hash_key')(expression)) -}}
{% endmacro %}

{% macro postgres__hash_key(expression) %}hashtextextended({{ expression }}, 0){% endmacro %}

{% macro redshift__hash_key(expression) %}farmfingerprint64({{ expression }}){% endmacro %}
