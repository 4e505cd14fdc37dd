{# We replace dbt here. #}
{#
    Schemas have plain names (staging, snapshots, ...), not the target's schema in front. What
    readers read is built where they have no right, and published: macros/publish.
#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {%- set name = (custom_schema_name or target.schema) | trim -%}
    {{- env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ ('build_' if name in public_schemas()) ~ name -}}
{% endmacro %}
