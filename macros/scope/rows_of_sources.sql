{% macro rows_of_sources(entity) %}
    {%- set sources = entity_sources(entity) -%}
    {%- for source_system in sources %}
    select cast('{{ source_system }}' as varchar(32)) as source_system
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if not sources %}
    {{- empty_select({'source_system': 'varchar(32)'}) }}
    {%- endif %}
{%- endmacro %}
