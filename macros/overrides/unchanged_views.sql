{# We replace dbt here. #}
{#
    A view is some twenty statements on Redshift, each a second. So there a view whose SQL is the
    same as when it was made stays as it is. A mark of the SQL is its comment, which goes with the
    view: when a table is made anew, the views over it are dropped, and made anew as well.
    --full-refresh makes all views anew.
#}
{% materialization view, adapter='redshift' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.is_view and not should_full_refresh()
        and marks_of_views().get(this.schema ~ '.' ~ this.identifier) == mark_of_view(sql)
    -%}
        {%- do store_raw_result(
            name='main', message='UNCHANGED', code='UNCHANGED', rows_affected=-1
        ) -%}
        {%- do return({'relations': [existing]}) -%}
    {%- endif -%}
    {{ return(dbt.materialization_view_redshift()) }}
{% endmaterialization %}

{% macro redshift__create_view_as(relation, sql) %}
    {{ dbt.redshift__create_view_as(relation, sql) }}
    comment on view {{ relation }} is '{{ mark_of_view(sql) }}';
{% endmacro %}

{% macro mark_of_view(sql) %}
    {%- do return('made from ' ~ local_md5(sql)) -%}
{% endmacro %}

{# Of all views, by '<schema>.<name>'; asked for once, since all nodes share `graph`. #}
{% macro marks_of_views() %}
    {%- if 'marks_of_views' not in graph -%}
        {%- set marks -%}
            select pg_namespace.nspname, pg_class.relname, pg_description.description
            from pg_catalog.pg_description
            inner join pg_catalog.pg_class on pg_description.objoid = pg_class.oid
            inner join pg_catalog.pg_namespace on pg_class.relnamespace = pg_namespace.oid
            where
                pg_class.relkind = 'v'
                and pg_description.objsubid = 0
                and pg_description.description like 'made from %'
        {%- endset -%}
        {%- set found = {} -%}
        {%- for schema, name, mark in run_query(marks).rows -%}
            {%- do found.update({schema ~ '.' ~ name: mark}) -%}
        {%- endfor -%}
        {%- do graph.update({'marks_of_views': found}) -%}
    {%- endif -%}
    {%- do return(graph.marks_of_views) -%}
{% endmacro %}
