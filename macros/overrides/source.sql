{# We replace dbt here. #}
{% macro source(source_name, table_name) %}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {#- In a unit test the source is a CTE, without a schema. -#}
    {%- if relation.schema is none -%}
        {%- do return(relation) -%}
    {%- endif -%}
    {%- set schema = env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ relation.schema -%}
    {%- do return(relation.incorporate(path={'schema': schema})) -%}
{% endmacro %}
