{% macro grant_schema_usage() %}
    {%- if execute and var('grants_enabled', true) -%}
        {%- set readers = {} -%}
        {%- for node in results | map(attribute='node') if node.config.get('grants') -%}
            {%- for role in node.config.grants.get('select', []) -%}
                {%- do readers.update({(node.schema, role): true}) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for schema, role in readers %}
        grant usage on schema {{ schema }} to {{ role }};
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
