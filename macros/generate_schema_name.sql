{#
    Schemas have plain names (staging, core, marts, ...), not the target's schema in front.
    WAREHOUSE_SCHEMA_PREFIX goes before all of them, as it does in the loader.
#}
{% macro generate_schema_name(custom_schema_name, node) %}
    {{- env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ (custom_schema_name or target.schema) | trim -}}
{% endmacro %}
