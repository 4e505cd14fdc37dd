{#
    Index configuration, for PostgreSQL only: the setting stops dbt-redshift.
    Arguments: columns, a list. Returns: list for `config(indexes=...)`.
    Example: {{ config(indexes=unique_index(['order_key']) + index(['order_date'])) }}
#}
{% macro index(columns, unique=false) %}
    {%- if target.type != 'postgres' -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- do return([{'columns': columns, 'unique': unique}]) -%}
{% endmacro %}

{% macro unique_index(columns) %}
    {%- do return(index(columns, unique=true)) -%}
{% endmacro %}
