{# A reader as `grant` and `revoke` name it: a role, whose kind Redshift wants to be told. #}
{% macro grantee(reader) %}
    {{- return(adapter.dispatch('grantee')(reader)) -}}
{% endmacro %}

{% macro default__grantee(reader) %}
    {%- do return(reader) -%}
{% endmacro %}

{# `user:` and `group:` before a name say otherwise, as in dbt-redshift. #}
{% macro redshift__grantee(reader) %}
    {%- set kind, name = reader.split(':', 1) if ':' in reader else ('role', reader) -%}
    {%- do return(name if kind == 'user' else kind ~ ' ' ~ name) -%}
{% endmacro %}
