{# We replace dbt here. #}
{#
    On Redshift each comment is a statement of its own, and nobody reads where tables are built.
    Views that readers read get theirs when they are made (macros/publish/redshift_publish.sql).
    `--vars '{write_comments: true}'` writes all anew, after descriptions changed. The comment of a
    view says what it was made from (unchanged_views.sql).
#}
{% macro redshift__persist_docs(relation, model, for_relation, for_columns) %}
    {%- if var('write_comments', false) -%}
        {{- dbt.redshift__persist_docs(
            relation, model, for_relation and not relation.is_view, for_columns
        ) -}}
    {%- endif -%}
{% endmacro %}
