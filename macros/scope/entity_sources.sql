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
