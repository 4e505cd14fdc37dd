{# We replace dbt here. #}
{% macro ref() %}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if flags.EMPTY and relation.limit is not none -%}
        {%- do return(relation.incorporate(limit=none)) -%}
    {%- endif -%}
    {%- do return(relation) -%}
{% endmacro %}
