{#
    ref() that stays a plain relation under `dbt run --empty`, since models name it (`as x`) and
    macros ask for its parts. What is limited there are the sources (source.sql): no row comes in,
    so none comes through. Seeds hold no data and stay whole.
#}
{% macro ref() %}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if flags.EMPTY and relation.limit is not none -%}
        {%- do return(relation.incorporate(limit=none)) -%}
    {%- endif -%}
    {%- do return(relation) -%}
{% endmacro %}
