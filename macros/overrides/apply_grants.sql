{# We replace dbt here. #}
{# What is built is nobody's to read before it is published, with its grants: macros/publish. #}
{% macro apply_grants(relation, grant_config, should_revoke=True) %}
    {%- if public_schema(relation.schema) == relation.schema -%}
        {{ return(dbt.apply_grants(relation, grant_config, should_revoke)) }}
    {%- endif -%}
{% endmacro %}

{# Names without a kind are roles, as in publications; dbt takes them for users. #}
{% macro redshift__normalize_grants_dict(grants) %}
    {%- set found = {} -%}
    {%- for privilege, grantees in grants.items() -%}
        {%- set names = [] -%}
        {%- for grantee in grantees -%}
            {%- do names.append(grantee if ':' in grantee else 'role:' ~ grantee) -%}
        {%- endfor -%}
        {%- do found.update({privilege: names}) -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}
