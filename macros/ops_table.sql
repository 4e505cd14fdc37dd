{#
    A table of the loader's and the builds' own schema, for hooks, which dbt does not see as
    lineage.
    Arguments: name of the table. Example: {{ ops_table('load_files') }}
#}
{% macro ops_table(name) %}
    {{- env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ 'ops.' ~ name -}}
{% endmacro %}
