{% macro ops_table(name) %}
    {{- env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ 'ops.' ~ name -}}
{% endmacro %}
