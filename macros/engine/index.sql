{# Index configuration, for PostgreSQL only: the setting stops dbt-redshift. #}
{% macro index(columns, unique=false) %}
    {%- if target.type != 'postgres' -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- do return([{'columns': columns, 'unique': unique}]) -%}
{% endmacro %}

{% macro unique_index(columns) %}
    {%- do return(index(columns, unique=true)) -%}
{% endmacro %}
