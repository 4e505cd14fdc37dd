{# We replace dbt here. #}
{# What is built is nobody's to read before it is published, with its grants: macros/publish. #}
{% macro apply_grants(relation, grant_config, should_revoke=True) %}
    {%- if public_schema(relation.schema) == relation.schema -%}
        {{ return(dbt.apply_grants(relation, grant_config, should_revoke)) }}
    {%- endif -%}
{% endmacro %}
