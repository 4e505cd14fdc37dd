{#
    64-bit hash of a text expression. Keys made of it are opaque and belong to one engine.
    Arguments: expression, SQL of type text.
    Example: {{ hash_key("'cafe=' || store_id") }}
#}
{% macro hash_key(expression) %}
    {{- return(adapter.dispatch('hash_key')(expression)) -}}
{% endmacro %}

{% macro postgres__hash_key(expression) %}hashtextextended({{ expression }}, 0){% endmacro %}

{% macro redshift__hash_key(expression) %}farmfingerprint64({{ expression }}){% endmacro %}
