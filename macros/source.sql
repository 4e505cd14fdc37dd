{#
    source() that honours WAREHOUSE_SCHEMA_PREFIX: the source YAML holds no Jinja, because the
    loader reads it too.
#}
{% macro source(source_name, table_name) %}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {%- set schema = env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ relation.schema -%}
    {%- do return(relation.incorporate(path={'schema': schema})) -%}
{% endmacro %}
