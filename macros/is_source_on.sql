{#
    Condition: the row's source is one of `vars: source_systems`.
    Arguments: column, SQL of the source's name. Example: where {{ is_source_on('source_system') }}
#}
{% macro is_source_on(column) -%}
    {{ column }} in ('{{ var("source_systems") | join("', '") }}')
{%- endmacro %}
