{#
    Whether an index already keeps rows of a table from having the same values in these columns:
    then there is nothing to look for but rows with an empty value, which indexes let pass.
#}
{% macro has_unique_index(model, columns) %}
    {{- return(adapter.dispatch('has_unique_index')(model, columns)) -}}
{% endmacro %}

{% macro default__has_unique_index(model, columns) -%}
    false
{%- endmacro %}

{# dbt-redshift would take PostgreSQL's; there are no indexes. #}
{% macro redshift__has_unique_index(model, columns) -%}
    false
{%- endmacro %}

{% macro postgres__has_unique_index(model, columns) -%}
    {%- if model is string -%}
    false
    {%- else -%}
    exists (
        select 1
        from pg_catalog.pg_index as known
        where
            known.indrelid
            = pg_catalog.to_regclass('{{ model.include(database=false) }}')
            and known.indisunique
            and known.indisvalid
            and known.indpred is null
            and known.indexprs is null
            and (
                select
                    array_agg(cast(attname as text) order by cast(attname as text) collate "C")
                from pg_catalog.pg_attribute
                where attrelid = known.indrelid and attnum = any(known.indkey)
            ) = array['{{ columns | sort(case_sensitive=true) | join("', '") }}']
    )
    {%- endif -%}
{%- endmacro %}
