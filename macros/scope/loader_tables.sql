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
