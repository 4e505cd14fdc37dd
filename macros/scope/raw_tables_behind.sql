{% macro raw_tables_behind(entity) %}
    {%- set found = [] -%}
    {%- for source_system in (entity_sources(entity) if execute else []) -%}
        {%- for node in nodes_behind(source_system, entity) -%}
            {%- set table = graph.sources.get(node) -%}
            {%- if table and table.source_name == source_system -%}
                {%- do found.append(source_system ~ '.' ~ table.name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(found | sort) -%}
{% endmacro %}


{# Unique ids of all that a source's int_<source>__<entity> is made from. #}
{% macro nodes_behind(source_system, entity) %}
    {%- set found = {} -%}
    {%- do collect_parents(model_named('int_' ~ source_system ~ '__' ~ entity), found) -%}
    {%- do return(found | list) -%}
{% endmacro %}

{% macro collect_parents(node, found) %}
    {%- for parent in node.depends_on.nodes if parent not in found -%}
        {%- do found.update({parent: true}) -%}
        {%- do collect_parents(graph.nodes.get(parent, {'depends_on': {}}), found) -%}
    {%- endfor -%}
{% endmacro %}
