{# We replace dbt here. #}
{% macro ref() %}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if flags.EMPTY and relation.limit is not none -%}
        {%- do return(relation.incorporate(limit=none)) -%}
    {%- endif -%}
    {#- Who runs an analysis reads what readers read. -#}
    {%- if model.resource_type == 'analysis' -%}
        {%- do return(relation.incorporate(path={'schema': public_schema(relation.schema)})) -%}
    {%- endif -%}
    {%- do return(relation) -%}
{% endmacro %}
