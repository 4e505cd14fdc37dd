{#
    The raw tables from which the sources that are on make an entity: whose loads can hold rows of
    it. Found in the lineage of int_<source>__<entity>, so that nobody has to list them.
    Arguments: entity, a name of input_shape(). Returns: list of '<source>.<table>', sorted.
    Example: {% set tables = raw_tables_behind('order_loads') %}
#}
{% macro raw_tables_behind(entity) %}
    {%- set found = {} -%}
    {%- if execute -%}
        {%- for source_system in entity_sources(entity) -%}
            {%- set name = 'int_' ~ source_system ~ '__' ~ entity -%}
            {%- set node = graph.nodes.values() | selectattr('name', 'equalto', name) | first -%}
            {%- do collect_raw_tables(node, source_system, found) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(found | sort) -%}
{% endmacro %}


{# Adds the tables of a source behind one node to `found`, a dict. #}
{% macro collect_raw_tables(node, source_system, found) %}
    {%- for parent in node.depends_on.nodes -%}
        {%- if parent in graph.sources -%}
            {%- set table = graph.sources[parent] -%}
            {%- if table.source_name == source_system -%}
                {%- do found.update({source_system ~ '.' ~ table.name: true}) -%}
            {%- endif -%}
        {%- elif parent in graph.nodes -%}
            {%- do collect_raw_tables(graph.nodes[parent], source_system, found) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
