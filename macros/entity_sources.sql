{#
    The sources that hand in an entity: all that are on, or those of them that `vars: sources_with`
    names for an entity that not every source has.
    Arguments: entity. Returns: list of source names.
#}
{% macro entity_sources(entity) %}
    {%- set with_entity = var('sources_with').get(entity) -%}
    {%- set sources = [] -%}
    {%- for source_system in var('source_systems') -%}
        {%- if with_entity is none or source_system in with_entity -%}
            {%- do sources.append(source_system) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(sources) -%}
{% endmacro %}
