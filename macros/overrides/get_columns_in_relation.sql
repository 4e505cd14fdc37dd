{# We replace dbt here. #}
{% macro get_columns_in_relation(relation) %}
    {%- set prefix = env_var('WAREHOUSE_SCHEMA_PREFIX', '') -%}
    {%- if relation.schema and not relation.schema.startswith(prefix) -%}
        {%- set relation = relation.incorporate(path={'schema': prefix ~ relation.schema}) -%}
    {%- endif -%}
    {{ return(dbt.get_columns_in_relation(relation)) }}
{% endmacro %}
