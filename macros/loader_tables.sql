{#
    The raw tables of the sources that are on and that files are loaded into, as the source
    definitions name them. Returns: list of {source_system, name, relation}.
    Example: {% for table in loader_tables() %} select count(*) from {{ table.relation }} ...
#}
{% macro loader_tables() %}
    {%- set tables = [] -%}
    {%- if execute -%}
        {%- for definition in graph.sources.values() | sort(attribute='unique_id')
            if definition.source_name in var('source_systems')
        -%}
            {%- set schema = env_var('WAREHOUSE_SCHEMA_PREFIX', '') ~ definition.schema -%}
            {%- do tables.append({
                'source_system': definition.source_name,
                'name': definition.name,
                'relation': schema ~ '."' ~ definition.identifier ~ '"',
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(tables) -%}
{% endmacro %}
