{#
    One row for each source that hands in an entity, for the members that each source has of its
    own.
    Arguments: entity, a name of input_shape(). Column: source_system.
    Example: with sources as ({{ rows_of_sources('products') }})
#}
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
