{# Condition: the row's source is one of `vars: source_systems`. #}
{% macro is_source_on(column) -%}
    {{ column }} in ('{{ var("source_systems") | join("', '") }}')
{%- endmacro %}
