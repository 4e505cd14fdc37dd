{# We replace dbt here. #}
{# Schemas have plain names (staging, core, marts, ...), not the target's schema in front. #}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{- env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ (custom_schema_name or target.schema) | trim -}}
{% endmacro %}
